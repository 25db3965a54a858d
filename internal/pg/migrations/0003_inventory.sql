-- Products, pools, and the claims that products' places make on pools.

CREATE TABLE pool (
  org_id     uuid        NOT NULL,
  id         uuid        NOT NULL,
  event_id   uuid        NOT NULL,
  session_id uuid,                       -- the session whose room this is
  title      text        NOT NULL,
  size       int,                        -- NULL: no limit
  ceiling    int,                        -- how far sold + held may go: size, or more where staff or a smaller size said so
  closed     boolean     NOT NULL DEFAULT false,
  sold       int         NOT NULL DEFAULT 0, -- the number of its claims without expiry
  held       int         NOT NULL DEFAULT 0, -- the number of its claims with expiry, lapsed ones included until swept
  version    bigint      NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  CONSTRAINT pool_pk PRIMARY KEY (org_id, id),
  CONSTRAINT pool_event_fk FOREIGN KEY (org_id, event_id) REFERENCES event (org_id, id),
  CONSTRAINT pool_session_fk FOREIGN KEY (org_id, session_id) REFERENCES session (org_id, id),
  CONSTRAINT pool_size_range CHECK (size BETWEEN 0 AND 1000000),
  CONSTRAINT pool_ceiling_covers CHECK ((size IS NULL) = (ceiling IS NULL) AND ceiling >= size),
  CONSTRAINT pool_counts CHECK (sold >= 0 AND held >= 0),
  CONSTRAINT pool_never_over CHECK (sold + held <= ceiling)
);
CREATE INDEX pool_event_idx ON pool (org_id, event_id);

CREATE TABLE product (
  org_id        uuid        NOT NULL,
  id            uuid        NOT NULL,
  event_id      uuid        NOT NULL,
  title         text        NOT NULL,
  description   text        NOT NULL DEFAULT '',
  max_per_order int         NOT NULL DEFAULT 1,
  online        boolean     NOT NULL,
  position      int         NOT NULL,
  archived_at   timestamptz,
  version       bigint      NOT NULL DEFAULT 1,
  created_at    timestamptz NOT NULL,
  CONSTRAINT product_pk PRIMARY KEY (org_id, id),
  CONSTRAINT product_event_fk FOREIGN KEY (org_id, event_id) REFERENCES event (org_id, id),
  CONSTRAINT product_max_range CHECK (max_per_order BETWEEN 1 AND 50)
);
CREATE INDEX product_event_idx ON product (org_id, event_id, position);

CREATE TABLE product_session (
  org_id     uuid NOT NULL,
  product_id uuid NOT NULL,
  session_id uuid NOT NULL,
  CONSTRAINT product_session_pk PRIMARY KEY (org_id, product_id, session_id),
  CONSTRAINT product_session_product_fk FOREIGN KEY (org_id, product_id) REFERENCES product (org_id, id),
  CONSTRAINT product_session_session_fk FOREIGN KEY (org_id, session_id) REFERENCES session (org_id, id)
);

-- Which pools one place of a product takes a seat from.
CREATE TABLE product_pool (
  org_id     uuid    NOT NULL,
  product_id uuid    NOT NULL,
  pool_id    uuid    NOT NULL,
  implied    boolean NOT NULL,           -- because the product includes the pool's session
  CONSTRAINT product_pool_pk PRIMARY KEY (org_id, product_id, pool_id),
  CONSTRAINT product_pool_product_fk FOREIGN KEY (org_id, product_id) REFERENCES product (org_id, id),
  CONSTRAINT product_pool_pool_fk FOREIGN KEY (org_id, pool_id) REFERENCES pool (org_id, id)
);
CREATE INDEX product_pool_pool_idx ON product_pool (org_id, pool_id);

-- One seat of one pool, taken by one registration. A seat in a basket has an expiry.
-- No foreign key to pool: claims are only made under the pool's row lock, and a pool
-- with seats taken is never deleted, so the check would cost every seat and find nothing.
CREATE TABLE claim (
  org_id          uuid NOT NULL,
  pool_id         uuid NOT NULL,
  registration_id uuid NOT NULL,
  expires_at      timestamptz,
  CONSTRAINT claim_pk PRIMARY KEY (org_id, pool_id, registration_id)
);
CREATE INDEX claim_registration_idx ON claim (org_id, registration_id);
CREATE INDEX claim_expiry_idx ON claim (org_id, pool_id, expires_at) WHERE expires_at IS NOT NULL;

-- Whether a place can be had in an event, as far as its stock goes. Lapsed holds that were
-- not swept yet still count here; whoever takes a seat sweeps them first.
CREATE VIEW event_room AS
  SELECT p.org_id, p.event_id
    FROM product p
   WHERE p.archived_at IS NULL
     AND EXISTS (SELECT 1 FROM product_pool pp WHERE pp.org_id = p.org_id AND pp.product_id = p.id)
     AND NOT EXISTS (
           SELECT 1
             FROM product_pool pp
             JOIN pool q ON q.org_id = pp.org_id AND q.id = pp.pool_id
            WHERE pp.org_id = p.org_id
              AND pp.product_id = p.id
              AND (q.closed OR q.sold + q.held >= q.size));
