-- What products cost, codes that change it, and companies whose people pay less.
-- Amounts are in minor units as Stripe counts them. Dates and times that people typed
-- stay wall times; the event's zone turns them into instants when they are read.

-- The one currency of an event's priced products.
CREATE TABLE event_currency (
  org_id   uuid    NOT NULL,
  event_id uuid    NOT NULL,
  currency char(3) NOT NULL,
  CONSTRAINT event_currency_pk PRIMARY KEY (org_id, event_id),
  CONSTRAINT event_currency_event_fk FOREIGN KEY (org_id, event_id) REFERENCES event (org_id, id),
  CONSTRAINT event_currency_key UNIQUE (org_id, event_id, currency),
  CONSTRAINT event_currency_form CHECK (currency ~ '^[A-Z]{3}$')
);

ALTER TABLE product
  ADD COLUMN kind              text    NOT NULL DEFAULT 'ticket',
  ADD COLUMN pricing           text    NOT NULL DEFAULT 'free',
  ADD COLUMN currency          char(3),
  ADD COLUMN price_minor       bigint  NOT NULL DEFAULT 0,   -- the full price; of an open one the suggestion
  ADD COLUMN minimum_minor     bigint  NOT NULL DEFAULT 0,   -- of an open price
  ADD COLUMN member_minor      bigint,                       -- NULL: members pay what others pay
  ADD COLUMN vat_rate          int     NOT NULL DEFAULT 0,   -- hundredths of a percent, contained in the price
  ADD COLUMN vat_category      text    NOT NULL DEFAULT 'outside',
  ADD COLUMN min_per_order     int     NOT NULL DEFAULT 1,
  ADD COLUMN hidden            boolean NOT NULL DEFAULT false,
  ADD COLUMN sells_from_local  timestamp,
  ADD COLUMN sells_until_local timestamp,
  ADD COLUMN group_from        int,
  ADD COLUMN group_percent     int,                          -- hundredths of a percent
  ADD COLUMN live_currency     char(3) GENERATED ALWAYS AS (CASE WHEN archived_at IS NULL THEN currency END) STORED,
  ADD CONSTRAINT product_kind_known CHECK (kind IN ('ticket', 'add_on', 'donation')),
  ADD CONSTRAINT product_pricing_known CHECK (pricing IN ('free', 'fixed', 'open')),
  ADD CONSTRAINT product_donation_open CHECK (kind <> 'donation' OR pricing = 'open'),
  ADD CONSTRAINT product_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
  ADD CONSTRAINT product_currency_needed CHECK ((pricing = 'free') = (currency IS NULL)),
  ADD CONSTRAINT product_currency_fk FOREIGN KEY (org_id, event_id, live_currency) REFERENCES event_currency (org_id, event_id, currency),
  ADD CONSTRAINT product_price_range CHECK (price_minor BETWEEN 0 AND 99999999 AND (pricing <> 'free' OR price_minor = 0)),
  ADD CONSTRAINT product_minimum_range CHECK (minimum_minor BETWEEN 0 AND 99999999 AND (pricing = 'open' OR minimum_minor = 0)),
  ADD CONSTRAINT product_member_range CHECK (member_minor IS NULL OR member_minor BETWEEN 0 AND price_minor AND pricing = 'fixed'),
  ADD CONSTRAINT product_vat_known CHECK (vat_category IN ('standard', 'reduced', 'zero', 'exempt', 'outside')),
  ADD CONSTRAINT product_vat_range CHECK (vat_rate BETWEEN 0 AND 10000 AND (vat_category IN ('standard', 'reduced')) = (vat_rate > 0)),
  ADD CONSTRAINT product_min_range CHECK (min_per_order BETWEEN 1 AND max_per_order),
  ADD CONSTRAINT product_sells_order CHECK (sells_from_local < sells_until_local),
  ADD CONSTRAINT product_group_whole CHECK ((group_from IS NULL) = (group_percent IS NULL)),
  ADD CONSTRAINT product_group_range CHECK (group_from BETWEEN 2 AND 50 AND group_percent BETWEEN 1 AND 10000);
CREATE INDEX product_currency_idx ON product (org_id, event_id, live_currency) WHERE live_currency IS NOT NULL;

-- The tickets of which an add-on goes with one; none means any ticket.
CREATE TABLE product_needs (
  org_id     uuid NOT NULL,
  product_id uuid NOT NULL,
  ticket_id  uuid NOT NULL,
  CONSTRAINT product_needs_pk PRIMARY KEY (org_id, product_id, ticket_id),
  CONSTRAINT product_needs_product_fk FOREIGN KEY (org_id, product_id) REFERENCES product (org_id, id),
  CONSTRAINT product_needs_ticket_fk FOREIGN KEY (org_id, ticket_id) REFERENCES product (org_id, id),
  CONSTRAINT product_needs_another CHECK (product_id <> ticket_id)
);

-- A price that holds until a moment or for a number of places, whichever ends first.
CREATE TABLE price_phase (
  org_id      uuid   NOT NULL,
  id          uuid   NOT NULL,
  product_id  uuid   NOT NULL,
  position    int    NOT NULL,
  title       text   NOT NULL,
  price_minor bigint NOT NULL,
  ends_local  timestamp,
  places      int,
  taken       int    NOT NULL DEFAULT 0,  -- places at this price, baskets included
  CONSTRAINT price_phase_pk PRIMARY KEY (org_id, id),
  CONSTRAINT price_phase_product_fk FOREIGN KEY (org_id, product_id) REFERENCES product (org_id, id),
  CONSTRAINT price_phase_ends CHECK (ends_local IS NOT NULL OR places IS NOT NULL),
  CONSTRAINT price_phase_price_range CHECK (price_minor BETWEEN 0 AND 99999999),
  CONSTRAINT price_phase_places_range CHECK (places BETWEEN 0 AND 1000000),
  CONSTRAINT price_phase_never_over CHECK (taken >= 0 AND taken <= coalesce(places, taken))
);
CREATE INDEX price_phase_product_idx ON price_phase (org_id, product_id, position);

CREATE TABLE code (
  org_id            uuid        NOT NULL,
  id                uuid        NOT NULL,
  event_id          uuid,                       -- NULL: all of the organisation's events
  title             text        NOT NULL DEFAULT '',
  written           text        NOT NULL,       -- as the organiser wrote it
  folded            text        NOT NULL,       -- as it is looked for: no case, no spaces, no dashes
  effect            text        NOT NULL,
  percent           int,                        -- hundredths of a percent
  amount_minor      bigint,                     -- money off a line, or the price set
  currency          char(3),                    -- of amount_minor and of the budget
  unlocks           boolean     NOT NULL DEFAULT false,
  stacks            boolean     NOT NULL DEFAULT false,
  max_uses          int,
  uses              int         NOT NULL DEFAULT 0,
  budget_minor      bigint,
  budget_used       bigint      NOT NULL DEFAULT 0,
  valid_from_local  timestamp,
  valid_until_local timestamp,
  disabled_at       timestamptz,
  version           bigint      NOT NULL DEFAULT 1,
  created_at        timestamptz NOT NULL,
  CONSTRAINT code_pk PRIMARY KEY (org_id, id),
  CONSTRAINT code_org_fk FOREIGN KEY (org_id) REFERENCES organisation (id),
  CONSTRAINT code_event_fk FOREIGN KEY (org_id, event_id) REFERENCES event (org_id, id),
  CONSTRAINT code_folded_form CHECK (folded <> ''),
  CONSTRAINT code_effect_known CHECK (effect IN ('percent', 'fixed', 'set_price', 'none')),
  CONSTRAINT code_effect_whole CHECK ((effect = 'percent') = (percent IS NOT NULL)
                                      AND (effect IN ('fixed', 'set_price')) = (amount_minor IS NOT NULL)
                                      AND (effect <> 'none' OR unlocks)),
  CONSTRAINT code_percent_range CHECK (percent BETWEEN 1 AND 10000),
  CONSTRAINT code_amount_range CHECK (amount_minor BETWEEN 0 AND 99999999 AND (effect <> 'fixed' OR amount_minor > 0)),
  CONSTRAINT code_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT code_currency_needed CHECK ((amount_minor IS NULL AND budget_minor IS NULL) OR currency IS NOT NULL),
  CONSTRAINT code_uses_range CHECK (uses >= 0 AND max_uses >= 1),
  CONSTRAINT code_uses_kept CHECK (uses <= max_uses),
  CONSTRAINT code_budget_range CHECK (budget_used >= 0 AND budget_minor >= 1),
  CONSTRAINT code_budget_kept CHECK (budget_used <= budget_minor),
  CONSTRAINT code_valid_order CHECK (valid_from_local < valid_until_local)
);
-- The event's own code wins over the organisation's with the same text.
CREATE UNIQUE INDEX code_text_key ON code (org_id, folded, coalesce(event_id, org_id));
CREATE INDEX code_event_idx ON code (org_id, event_id);

-- The products a code applies to; none means all.
CREATE TABLE code_product (
  org_id     uuid NOT NULL,
  code_id    uuid NOT NULL,
  product_id uuid NOT NULL,
  CONSTRAINT code_product_pk PRIMARY KEY (org_id, code_id, product_id),
  CONSTRAINT code_product_code_fk FOREIGN KEY (org_id, code_id) REFERENCES code (org_id, id),
  CONSTRAINT code_product_product_fk FOREIGN KEY (org_id, product_id) REFERENCES product (org_id, id)
);

CREATE TABLE company (
  org_id      uuid        NOT NULL,
  id          uuid        NOT NULL,
  name        text        NOT NULL,
  tier        text        NOT NULL DEFAULT '',
  archived_at timestamptz,
  version     bigint      NOT NULL DEFAULT 1,
  created_at  timestamptz NOT NULL,
  CONSTRAINT company_pk PRIMARY KEY (org_id, id),
  CONSTRAINT company_org_fk FOREIGN KEY (org_id) REFERENCES organisation (id)
);
CREATE UNIQUE INDEX company_name_key ON company (org_id, lower(name));

-- The domains of a company's mail addresses; addresses below a domain belong to it too.
CREATE TABLE company_domain (
  org_id     uuid NOT NULL,
  domain     text NOT NULL,
  company_id uuid NOT NULL,
  CONSTRAINT company_domain_pk PRIMARY KEY (org_id, domain),
  CONSTRAINT company_domain_company_fk FOREIGN KEY (org_id, company_id) REFERENCES company (org_id, id),
  CONSTRAINT company_domain_form CHECK (domain = lower(domain) AND domain LIKE '%_._%')
);
CREATE INDEX company_domain_company_idx ON company_domain (org_id, company_id);

-- As before, and only tickets that everybody is shown count.
CREATE OR REPLACE VIEW event_room AS
  SELECT p.org_id, p.event_id
    FROM product p
   WHERE p.archived_at IS NULL
     AND p.kind = 'ticket'
     AND NOT p.hidden
     AND EXISTS (SELECT 1 FROM product_pool pp WHERE pp.org_id = p.org_id AND pp.product_id = p.id)
     AND NOT EXISTS (
           SELECT 1
             FROM product_pool pp
             JOIN pool q ON q.org_id = pp.org_id AND q.id = pp.pool_id
            WHERE pp.org_id = p.org_id
              AND pp.product_id = p.id
              AND (q.closed OR q.sold + q.held >= q.size));
