-- Forms, orders and registrations.

CREATE TABLE form (
  org_id   uuid   NOT NULL,
  event_id uuid   NOT NULL,
  version  bigint NOT NULL DEFAULT 1,
  CONSTRAINT form_pk PRIMARY KEY (org_id, event_id),
  CONSTRAINT form_event_fk FOREIGN KEY (org_id, event_id) REFERENCES event (org_id, id)
);

CREATE TABLE question (
  org_id      uuid        NOT NULL,
  id          uuid        NOT NULL,
  event_id    uuid        NOT NULL,
  position    int         NOT NULL,
  type        text        NOT NULL,
  label       text        NOT NULL,
  help        text        NOT NULL DEFAULT '',
  required    boolean     NOT NULL,
  choices     jsonb       NOT NULL DEFAULT '[]', -- [{"id": "...", "label": "..."}]
  condition   jsonb,                             -- {"question_id": "qst_…", "any_of": ["..."]}
  archived_at timestamptz,
  CONSTRAINT question_pk PRIMARY KEY (org_id, id),
  CONSTRAINT question_event_fk FOREIGN KEY (org_id, event_id) REFERENCES event (org_id, id),
  CONSTRAINT question_type_known CHECK (type IN ('text', 'long_text', 'choice', 'multi_choice', 'number', 'date', 'yes_no', 'phone', 'consent'))
);
CREATE INDEX question_event_idx ON question (org_id, event_id, position);

-- "order" is a word of SQL; the table is the plural.
CREATE TABLE orders (
  org_id       uuid        NOT NULL,
  id           uuid        NOT NULL,
  event_id     uuid        NOT NULL,
  code         text        NOT NULL,     -- 60 random bits, Crockford base32
  state        text        NOT NULL,
  request_id   text        NOT NULL,     -- of the call that made it: the hold, or else the order
  request_hash bytea       NOT NULL,
  place_id     text,                     -- request id and hash of the call that placed a held basket
  place_hash   bytea,
  expires_at   timestamptz,              -- of a basket, and of an order that waits for money
  created_at   timestamptz NOT NULL,
  placed_at    timestamptz,
  CONSTRAINT orders_pk PRIMARY KEY (org_id, id),
  CONSTRAINT orders_event_fk FOREIGN KEY (org_id, event_id) REFERENCES event (org_id, id),
  CONSTRAINT orders_code_unique UNIQUE (org_id, code),
  CONSTRAINT orders_request_unique UNIQUE (org_id, request_id),
  CONSTRAINT orders_state_known CHECK (state IN ('basket', 'placed', 'confirmed', 'closed', 'expired', 'declined', 'cancelled')),
  CONSTRAINT orders_basket_expires CHECK (state <> 'basket' OR expires_at IS NOT NULL)
);
CREATE UNIQUE INDEX orders_place_unique ON orders (org_id, place_id) WHERE place_id IS NOT NULL;
CREATE INDEX orders_unpaid_idx ON orders (org_id, placed_at, id) WHERE state IN ('placed', 'cancelled', 'expired');
CREATE INDEX orders_expiry_idx ON orders (expires_at) WHERE state IN ('basket', 'placed');

CREATE TABLE registration (
  org_id        uuid        NOT NULL,
  id            uuid        NOT NULL,
  order_id      uuid        NOT NULL,
  event_id      uuid        NOT NULL,
  product_id    uuid        NOT NULL,
  line          int         NOT NULL,    -- position in the order, from 0
  state         text        NOT NULL,
  name          text        NOT NULL DEFAULT '',
  email         text        NOT NULL DEFAULT '',
  organisation  text        NOT NULL DEFAULT '',
  segment       text        NOT NULL DEFAULT '',
  timezone      text        NOT NULL DEFAULT '',
  answers       jsonb       NOT NULL DEFAULT '{}', -- {"qst_…": ["value", …]}
  predecessor   uuid,                    -- the registration whose place was handed over to this one
  link_version  int         NOT NULL DEFAULT 1,
  note          text        NOT NULL DEFAULT '',
  search        text        NOT NULL DEFAULT '', -- folded name, address, organisation, order code
  registered_at timestamptz NOT NULL,
  changed_at    timestamptz NOT NULL,
  version       bigint      NOT NULL DEFAULT 1,
  CONSTRAINT registration_pk PRIMARY KEY (org_id, id),
  CONSTRAINT registration_order_fk FOREIGN KEY (org_id, order_id) REFERENCES orders (org_id, id),
  CONSTRAINT registration_product_fk FOREIGN KEY (org_id, product_id) REFERENCES product (org_id, id),
  CONSTRAINT registration_state_known CHECK (state IN ('held', 'awaiting_approval', 'awaiting_payment', 'confirmed', 'cancelled', 'transferred', 'declined', 'lapsed')),
  CONSTRAINT registration_segment_known CHECK (segment IN ('', 'academic', 'business', 'clinical'))
);
CREATE INDEX registration_order_idx ON registration (org_id, order_id);
CREATE INDEX registration_event_idx ON registration (org_id, event_id, state, registered_at, id);
CREATE INDEX registration_email_idx ON registration (org_id, email);
CREATE INDEX registration_search_idx ON registration USING gin (to_tsvector('simple', search));
