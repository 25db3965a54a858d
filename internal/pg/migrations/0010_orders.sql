-- What orders that cost something are made of, and the terms they were placed on.
-- Orders that cost nothing have no rows here.

-- An event's terms of sale; an event without a row has the defaults of booking.Sales.
CREATE TABLE sales_terms (
  org_id          uuid   NOT NULL,
  event_id        uuid   NOT NULL,
  on_invoice      boolean NOT NULL,
  invoice_days    int     NOT NULL,
  grace_days      int     NOT NULL,          -- working days
  delayed_methods boolean NOT NULL,
  pay_window_hours int    NOT NULL,
  self_service    boolean NOT NULL,
  refund_steps    jsonb   NOT NULL,          -- [{"hours_before": 336, "percent": 100}, …], most hours first
  late            text    NOT NULL,
  overdue         text    NOT NULL DEFAULT 'ask', -- what an unpaid invoice does when the grace is over
  terms           text    NOT NULL,
  version         bigint  NOT NULL DEFAULT 1,
  CONSTRAINT sales_terms_pk PRIMARY KEY (org_id, event_id),
  CONSTRAINT sales_terms_event_fk FOREIGN KEY (org_id, event_id) REFERENCES event (org_id, id),
  CONSTRAINT sales_terms_late_known CHECK (late IN ('place', 'ask')),
  CONSTRAINT sales_terms_overdue_known CHECK (overdue IN ('ask', 'end'))
);

-- Who sells, as the documents name it.
CREATE TABLE supplier (
  org_id       uuid   NOT NULL,
  name         text   NOT NULL,
  address      text   NOT NULL,
  vat_number   text   NOT NULL,
  bank_details text   NOT NULL,
  no_reminders boolean NOT NULL DEFAULT false, -- buyers are not reminded of unpaid invoices
  exchange_rates text NOT NULL DEFAULT '', -- lines such as "EUR 0.8512 HMRC, November 2026"
  version      bigint NOT NULL DEFAULT 1,
  CONSTRAINT supplier_pk PRIMARY KEY (org_id),
  CONSTRAINT supplier_org_fk FOREIGN KEY (org_id) REFERENCES organisation (id)
);

-- The commercial side of one order.
CREATE TABLE order_terms (
  org_id        uuid     NOT NULL,
  order_id      uuid     NOT NULL,
  event_id      uuid     NOT NULL,
  currency      char(3)  NOT NULL,
  choices       jsonb    NOT NULL,           -- what was asked for, to quote it anew
  code_id       uuid,                        -- the discount code that counts
  code_text     text     NOT NULL DEFAULT '',
  code_off      bigint   NOT NULL DEFAULT 0,
  code_taken    boolean  NOT NULL DEFAULT false,
  transferred_minor bigint NOT NULL DEFAULT 0, -- what bank transfers have brought, as the books say
  sent_back_minor bigint NOT NULL DEFAULT 0,   -- what of it has gone back from bank to bank
  phases_taken  boolean  NOT NULL DEFAULT false,
  company_id    uuid,                        -- whose member price was given
  company       text     NOT NULL DEFAULT '',
  prove_email   text     NOT NULL DEFAULT '', -- the address that a code went to
  prove_tries   int      NOT NULL DEFAULT 0,
  buyer_name    text     NOT NULL DEFAULT '',
  buyer_email   text     NOT NULL DEFAULT '',
  payer         jsonb    NOT NULL DEFAULT '{}',
  on_invoice    boolean  NOT NULL DEFAULT false,
  due_at        timestamptz,                 -- the end of the last day to pay an invoice
  grace_until   timestamptz,                 -- told to nobody; then the terms say what happens
  overdue       text     NOT NULL DEFAULT 'ask',
  overdue_at    timestamptz,                 -- when that happened
  refund_steps  jsonb    NOT NULL DEFAULT '[]', -- the terms at the time of sale
  self_service  boolean  NOT NULL DEFAULT false,
  frozen        boolean  NOT NULL DEFAULT false, -- a payment is under way: nothing lapses
  extensions    int      NOT NULL DEFAULT 0,
  late          boolean  NOT NULL DEFAULT false,
  disputed      boolean  NOT NULL DEFAULT false,
  placed_by_request jsonb,                   -- {"id", "hash"} of the checkout
  search        text     NOT NULL DEFAULT '',
  link_version  int      NOT NULL DEFAULT 1,
  CONSTRAINT order_terms_pk PRIMARY KEY (org_id, order_id),
  CONSTRAINT order_terms_order_fk FOREIGN KEY (org_id, order_id) REFERENCES orders (org_id, id),
  CONSTRAINT order_terms_extensions CHECK (extensions BETWEEN 0 AND 3),
  CONSTRAINT order_terms_tries CHECK (prove_tries BETWEEN 0 AND 5)
);
CREATE INDEX order_terms_event_idx ON order_terms (org_id, event_id, order_id);
CREATE INDEX order_terms_search_idx ON order_terms USING gin (to_tsvector('simple', search));
CREATE INDEX order_terms_due_idx ON order_terms (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX order_terms_grace_idx ON order_terms (grace_until) WHERE overdue_at IS NULL;

-- One unit of a product in an order, at the price it was sold for.
CREATE TABLE order_line (
  org_id          uuid     NOT NULL,
  id              uuid     NOT NULL,
  order_id        uuid     NOT NULL,
  event_id        uuid     NOT NULL,
  position        int      NOT NULL,
  product_id      uuid     NOT NULL,
  kind            text     NOT NULL,
  registration_id uuid,                      -- the ticket's own place; an add-on's ticket
  title           text     NOT NULL,
  phase_id        uuid,
  phase_title     text     NOT NULL DEFAULT '',
  currency        char(3)  NOT NULL,
  list_minor      bigint   NOT NULL,
  discounts       jsonb    NOT NULL DEFAULT '[]',
  gross_minor     bigint   NOT NULL,
  net_minor       bigint   NOT NULL,
  vat_minor       bigint   NOT NULL,
  vat_rate        int      NOT NULL,         -- hundredths of a percent
  vat_category    text     NOT NULL,
  credited_minor  bigint   NOT NULL DEFAULT 0, -- of gross, by credit notes or before anything was due
  cancelled_at    timestamptz,
  CONSTRAINT order_line_pk PRIMARY KEY (org_id, id),
  CONSTRAINT order_line_position_unique UNIQUE (org_id, order_id, position),
  CONSTRAINT order_line_order_fk FOREIGN KEY (org_id, order_id) REFERENCES order_terms (org_id, order_id),
  CONSTRAINT order_line_product_fk FOREIGN KEY (org_id, product_id) REFERENCES product (org_id, id),
  CONSTRAINT order_line_kind_known CHECK (kind IN ('ticket', 'add_on', 'donation')),
  CONSTRAINT order_line_place CHECK ((kind = 'donation') = (registration_id IS NULL)),
  CONSTRAINT order_line_sums CHECK (net_minor + vat_minor = gross_minor AND gross_minor >= 0 AND vat_minor >= 0),
  CONSTRAINT order_line_credit CHECK (credited_minor BETWEEN 0 AND gross_minor)
);
CREATE INDEX order_line_registration_idx ON order_line (org_id, registration_id);
CREATE INDEX order_line_event_idx ON order_line (org_id, event_id, product_id);

-- Giving everybody of a cancelled event their money back, order by order.
CREATE TABLE event_refund (
  org_id     uuid        NOT NULL,
  event_id   uuid        NOT NULL,
  started_by text        NOT NULL,
  started_at timestamptz NOT NULL,
  CONSTRAINT event_refund_pk PRIMARY KEY (org_id, event_id),
  CONSTRAINT event_refund_event_fk FOREIGN KEY (org_id, event_id) REFERENCES event (org_id, id)
);
CREATE TABLE event_refund_order (
  org_id      uuid NOT NULL,
  event_id    uuid NOT NULL,
  order_id    uuid NOT NULL,
  refunded_at timestamptz,                   -- the refund was asked for
  cancelled_at timestamptz,                  -- then, in a second transaction, the places ended
  failure     text NOT NULL DEFAULT '',
  CONSTRAINT event_refund_order_pk PRIMARY KEY (org_id, event_id, order_id),
  CONSTRAINT event_refund_order_run_fk FOREIGN KEY (org_id, event_id) REFERENCES event_refund (org_id, event_id),
  CONSTRAINT event_refund_order_order_fk FOREIGN KEY (org_id, order_id) REFERENCES orders (org_id, id)
);
CREATE INDEX event_refund_order_open_idx ON event_refund_order (org_id, event_id, order_id) WHERE cancelled_at IS NULL;
