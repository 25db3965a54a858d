-- The mirror of Stripe's balance, and what month end needs besides the ledger.

-- Balance transactions. A row never changes at Stripe, but for what it is paid out with.
CREATE TABLE stripe_row (
  account          text        NOT NULL,
  livemode         boolean     NOT NULL,
  id               text        NOT NULL,           -- 'txn_…'
  org_id           uuid        NOT NULL,
  type             text        NOT NULL,
  category         text        NOT NULL,           -- reporting_category: selects the journal
  source_id        text        NOT NULL,           -- 'ch_…', 're_…', 'dp_…', 'po_…' or ''
  charge_id        text        NOT NULL,           -- the charge behind it or ''
  description      text        NOT NULL,
  marks            jsonb       NOT NULL,           -- metadata of the source
  currency         char(3)     NOT NULL,
  gross            bigint      NOT NULL,
  fee              bigint      NOT NULL,
  net              bigint      NOT NULL,
  fees             jsonb       NOT NULL,           -- [{"Kind": "stripe_fee", "Minor": 56}]
  charged_minor    bigint      NOT NULL,           -- in the buyer's currency, signed as gross; 0 is unknown
  charged_currency char(3)     NOT NULL,
  rate             text        NOT NULL,
  created_at       timestamptz NOT NULL,
  available_at     timestamptz NOT NULL,
  day              date        NOT NULL,           -- created_at where the organisation is
  payout_id        text,                           -- what it was paid out with
  booked           text        NOT NULL,           -- the account its gross is on; '' has nothing to book
  booked_ref       text        NOT NULL,
  placed_by        text        NOT NULL DEFAULT '', -- how it got out of suspense
  mirrored_at      timestamptz NOT NULL,
  CONSTRAINT stripe_row_pk PRIMARY KEY (account, livemode, id),
  CONSTRAINT stripe_row_org_fk FOREIGN KEY (org_id) REFERENCES organisation (id),
  CONSTRAINT stripe_row_sums CHECK (net = gross - fee)
);
CREATE INDEX stripe_row_day_idx ON stripe_row (org_id, day, id);
CREATE INDEX stripe_row_id_idx ON stripe_row (org_id, id);
CREATE INDEX stripe_row_source_idx ON stripe_row (org_id, source_id);
CREATE INDEX stripe_row_charge_idx ON stripe_row (org_id, charge_id) WHERE charge_id <> '';
CREATE INDEX stripe_row_payout_idx ON stripe_row (org_id, payout_id) WHERE payout_id IS NOT NULL;
CREATE INDEX stripe_row_suspense_idx ON stripe_row (org_id, id) WHERE booked = 'stripe_suspense';

-- What a row says is what Stripe said; it only leaves suspense, and gets its payout.
CREATE FUNCTION stripe_row_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'rows of Stripe''s balance are never deleted' USING ERRCODE = 'check_violation', CONSTRAINT = 'stripe_row_kept';
  END IF;
  IF (NEW.account, NEW.livemode, NEW.id, NEW.org_id, NEW.type, NEW.category, NEW.source_id, NEW.currency, NEW.gross, NEW.fee, NEW.net, NEW.created_at, NEW.day)
     IS DISTINCT FROM
     (OLD.account, OLD.livemode, OLD.id, OLD.org_id, OLD.type, OLD.category, OLD.source_id, OLD.currency, OLD.gross, OLD.fee, OLD.net, OLD.created_at, OLD.day)
     OR (OLD.payout_id IS NOT NULL AND NEW.payout_id IS DISTINCT FROM OLD.payout_id)
     OR (NEW.booked IS DISTINCT FROM OLD.booked AND OLD.booked <> 'stripe_suspense') THEN
    RAISE EXCEPTION 'a row of Stripe''s balance stays what it is' USING ERRCODE = 'check_violation', CONSTRAINT = 'stripe_row_fixed';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER stripe_row_guard BEFORE UPDATE OR DELETE ON stripe_row FOR EACH ROW EXECUTE FUNCTION stripe_row_guard();

CREATE TABLE stripe_payout (
  account      text        NOT NULL,
  livemode     boolean     NOT NULL,
  id           text        NOT NULL,               -- 'po_…'
  org_id       uuid        NOT NULL,
  currency     char(3)     NOT NULL,
  amount       bigint      NOT NULL,
  status       text        NOT NULL,               -- Stripe's word
  automatic    boolean     NOT NULL,
  listable     boolean     NOT NULL,               -- Stripe tells which rows it is made of
  complete     boolean     NOT NULL,               -- and they are all here
  rows_after   text        NOT NULL DEFAULT '',    -- where listing them goes on
  created_at   timestamptz NOT NULL,
  arrives_on   date        NOT NULL,
  method       text        NOT NULL,
  descriptor   text        NOT NULL,
  failure      text        NOT NULL,
  mirrored_at  timestamptz NOT NULL,
  CONSTRAINT stripe_payout_pk PRIMARY KEY (account, livemode, id),
  CONSTRAINT stripe_payout_org_fk FOREIGN KEY (org_id) REFERENCES organisation (id)
);
CREATE INDEX stripe_payout_org_idx ON stripe_payout (org_id, arrives_on DESC, id DESC);
CREATE INDEX stripe_payout_todo_idx ON stripe_payout (account, livemode, id) WHERE listable AND NOT complete;

-- How far the mirror of an account has come.
CREATE TABLE stripe_scan (
  account      text        NOT NULL,
  livemode     boolean     NOT NULL,
  org_id       uuid        NOT NULL,
  done_until   timestamptz,                        -- every row before is here
  window_from  timestamptz,                        -- of the round under way
  window_until timestamptz,
  after_id     text        NOT NULL DEFAULT '',    -- the last row taken in it
  touched_at   timestamptz NOT NULL,
  CONSTRAINT stripe_scan_pk PRIMARY KEY (account, livemode),
  CONSTRAINT stripe_scan_org_fk FOREIGN KEY (org_id) REFERENCES organisation (id)
);

-- What Stripe said an account's balance is, and what the mirror came to.
CREATE TABLE stripe_balance_seen (
  account  text        NOT NULL,
  livemode boolean     NOT NULL,
  currency char(3)     NOT NULL,
  at       timestamptz NOT NULL,
  org_id   uuid        NOT NULL,
  stripe   bigint      NOT NULL,
  mirrored bigint      NOT NULL,
  CONSTRAINT stripe_balance_seen_pk PRIMARY KEY (account, livemode, currency, at),
  CONSTRAINT stripe_balance_seen_org_fk FOREIGN KEY (org_id) REFERENCES organisation (id)
);
CREATE INDEX stripe_balance_seen_org_idx ON stripe_balance_seen (org_id, at);

-- A month's rows as Stripe listed them afresh: what the mirror is compared with.
CREATE TABLE stripe_recount (
  org_id     uuid        NOT NULL,
  month      date        NOT NULL,
  account    text        NOT NULL,
  livemode   boolean     NOT NULL,
  counted_at timestamptz NOT NULL,
  CONSTRAINT stripe_recount_pk PRIMARY KEY (org_id, month, account, livemode),
  CONSTRAINT stripe_recount_org_fk FOREIGN KEY (org_id) REFERENCES organisation (id)
);
CREATE TABLE stripe_recount_row (
  org_id   uuid    NOT NULL,
  month    date    NOT NULL,
  account  text    NOT NULL,
  livemode boolean NOT NULL,
  id       text    NOT NULL,
  currency char(3) NOT NULL,
  net      bigint  NOT NULL,
  CONSTRAINT stripe_recount_row_pk PRIMARY KEY (org_id, month, account, livemode, id)
);

-- Whose rows of a Stripe account are not Lanyard's.
CREATE TABLE stripe_rule (
  org_id      uuid NOT NULL,
  name        text NOT NULL,
  account     text NOT NULL,
  category    text NOT NULL,
  type        text NOT NULL,
  description text NOT NULL,
  metadata    text NOT NULL,
  position    int  NOT NULL,
  CONSTRAINT stripe_rule_pk PRIMARY KEY (org_id, name),
  CONSTRAINT stripe_rule_org_fk FOREIGN KEY (org_id) REFERENCES organisation (id),
  CONSTRAINT stripe_rule_account_known CHECK (account IN ('stripe_other', 'fees', 'write_off')),
  CONSTRAINT stripe_rule_asks CHECK (category <> '' OR type <> '' OR description <> '' OR metadata <> '')
);

-- Why an open item is open, said by a person for the amount as it was.
CREATE TABLE open_item_note (
  org_id   uuid        NOT NULL,
  account  text        NOT NULL,
  ref      text        NOT NULL,
  currency char(3)     NOT NULL,
  amount   bigint      NOT NULL,
  sentence text        NOT NULL,
  by_actor text        NOT NULL,
  at       timestamptz NOT NULL,
  CONSTRAINT open_item_note_pk PRIMARY KEY (org_id, account, ref, currency),
  CONSTRAINT open_item_note_org_fk FOREIGN KEY (org_id) REFERENCES organisation (id),
  CONSTRAINT open_item_note_said CHECK (sentence <> '')
);

-- What somebody wants written off; a second person books it.
CREATE TABLE open_item_write_off (
  org_id    uuid        NOT NULL,
  account   text        NOT NULL,
  ref       text        NOT NULL,
  currency  char(3)     NOT NULL,
  number    int         NOT NULL,                  -- an item may come back
  amount    bigint      NOT NULL,
  reason    text        NOT NULL,
  asked_by  text        NOT NULL,
  asked_at  timestamptz NOT NULL,
  decision   text,
  decided_by text,
  decided_at timestamptz,
  undone_by  text,                                 -- by a journal that reverses the one of the write-off
  undone_at  timestamptz,
  undone_reason text       NOT NULL DEFAULT '',
  CONSTRAINT open_item_write_off_pk PRIMARY KEY (org_id, account, ref, currency, number),
  CONSTRAINT open_item_write_off_org_fk FOREIGN KEY (org_id) REFERENCES organisation (id),
  CONSTRAINT open_item_write_off_reason CHECK (reason <> ''),
  CONSTRAINT open_item_write_off_decision_known CHECK (decision IN ('agreed', 'declined', 'withdrawn', 'replaced')),
  CONSTRAINT open_item_write_off_decided CHECK ((decision IS NULL) = (decided_by IS NULL) AND (decision IS NULL) = (decided_at IS NULL)),
  CONSTRAINT open_item_write_off_two_people CHECK (decision IS DISTINCT FROM 'agreed' OR decided_by <> asked_by),
  CONSTRAINT open_item_write_off_undone CHECK ((undone_by IS NULL) = (undone_at IS NULL) AND (undone_at IS NULL OR decision = 'agreed'))
);
CREATE UNIQUE INDEX open_item_write_off_waiting_unique ON open_item_write_off (org_id, account, ref, currency) WHERE decision IS NULL;

-- A closed month: what was proved, and what it was closed with.
CREATE TABLE month_close (
  org_id    uuid        NOT NULL,
  month     date        NOT NULL,
  number    int         NOT NULL,                  -- a month may be closed again after it was opened
  closed_at timestamptz NOT NULL,
  closed_by text        NOT NULL,
  hash      text        NOT NULL,                  -- of its postings, as in acct_period.snapshot
  snapshot  bytea       NOT NULL,                  -- JSON: month, hash, sums, proofs
  signature text        NOT NULL,                  -- HMAC-SHA-256 of snapshot
  CONSTRAINT month_close_pk PRIMARY KEY (org_id, month, number),
  CONSTRAINT month_close_org_fk FOREIGN KEY (org_id) REFERENCES organisation (id)
);
CREATE FUNCTION month_close_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'what a month was closed with stays' USING ERRCODE = 'check_violation', CONSTRAINT = 'month_close_kept';
END $$;
CREATE TRIGGER month_close_kept BEFORE UPDATE OR DELETE ON month_close FOR EACH ROW EXECUTE FUNCTION month_close_kept();
