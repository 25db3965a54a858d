-- Bank statements: the accounts, what was imported, and what explains each line. What is
-- open of a line is not kept here: it is the ledger's balance of bank_suspense for it.

CREATE TABLE bank_account (
  org_id        uuid        NOT NULL,
  id            uuid        NOT NULL,
  name          text        NOT NULL,
  number        text        NOT NULL,            -- letters and digits: an IBAN, or sort code and number
  currency      char(3)     NOT NULL,
  opening_minor bigint,                          -- before the first imported line; NULL: no statement has said
  opening_on    date,
  covered_until date,                            -- the last day that a statement covers
  csv_columns   text        NOT NULL DEFAULT '', -- what the columns of its CSV files are, as people wrote it
  archived_at   timestamptz,
  created_at    timestamptz NOT NULL,
  version       bigint      NOT NULL DEFAULT 1,
  CONSTRAINT bank_account_pk PRIMARY KEY (org_id, id),
  CONSTRAINT bank_account_org_fk FOREIGN KEY (org_id) REFERENCES organisation (id),
  CONSTRAINT bank_account_unique UNIQUE (org_id, number, currency),
  CONSTRAINT bank_account_number_shape CHECK (number ~ '^[A-Z0-9]{6,40}$'),
  CONSTRAINT bank_account_currency_shape CHECK (currency ~ '^[A-Z]{3}$')
);

CREATE TABLE bank_statement (
  org_id        uuid        NOT NULL,
  id            uuid        NOT NULL,
  account_id    uuid        NOT NULL,
  format        text        NOT NULL,
  file_name     text        NOT NULL,
  sha256        bytea       NOT NULL,            -- of the whole file
  number        text        NOT NULL,            -- the bank's
  from_on       date        NOT NULL,
  to_on         date        NOT NULL,
  opening_minor bigint,
  closing_minor bigint,
  checked       boolean     NOT NULL,            -- its balances and lines agreed
  lines         int         NOT NULL,
  new_lines     int         NOT NULL,
  imported_at   timestamptz NOT NULL,
  imported_by   text        NOT NULL,
  CONSTRAINT bank_statement_pk PRIMARY KEY (org_id, id),
  CONSTRAINT bank_statement_account_fk FOREIGN KEY (org_id, account_id) REFERENCES bank_account (org_id, id),
  CONSTRAINT bank_statement_lines CHECK (new_lines BETWEEN 0 AND lines),
  CONSTRAINT bank_statement_span CHECK (from_on <= to_on)
);
CREATE INDEX bank_statement_account_idx ON bank_statement (org_id, account_id, to_on DESC, id DESC);

CREATE TABLE bank_line (
  org_id       uuid    NOT NULL,
  id           uuid    NOT NULL,
  account_id   uuid    NOT NULL,
  statement_id uuid    NOT NULL,                 -- the first that had it
  ref          text    NOT NULL,                 -- the id as the ledger spells it
  key          bytea   NOT NULL,                 -- hash of what makes it the same line in another statement
  row          int     NOT NULL,                 -- in the file
  booked_on    date    NOT NULL,
  value_on     date,
  amount_minor bigint  NOT NULL,                 -- above zero came in
  currency     char(3) NOT NULL,
  text         text    NOT NULL,
  reference    text    NOT NULL,
  party        text    NOT NULL,
  bank_id      text    NOT NULL,
  CONSTRAINT bank_line_pk PRIMARY KEY (org_id, id),
  CONSTRAINT bank_line_account_fk FOREIGN KEY (org_id, account_id) REFERENCES bank_account (org_id, id),
  CONSTRAINT bank_line_statement_fk FOREIGN KEY (org_id, statement_id) REFERENCES bank_statement (org_id, id) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT bank_line_ref_unique UNIQUE (org_id, ref),
  CONSTRAINT bank_line_key_unique UNIQUE (org_id, account_id, key)
);
CREATE INDEX bank_line_booked_idx ON bank_line (org_id, booked_on DESC, id DESC);
CREATE INDEX bank_line_account_idx ON bank_line (org_id, account_id, booked_on) INCLUDE (amount_minor);

CREATE FUNCTION bank_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation', CONSTRAINT = 'bank_append_only';
END $$;
CREATE TRIGGER bank_line_fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON bank_line FOR EACH STATEMENT EXECUTE FUNCTION bank_refuse_change();
CREATE TRIGGER bank_statement_fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON bank_statement FOR EACH STATEMENT EXECUTE FUNCTION bank_refuse_change();

-- What a line, or a part of it, is explained by. Each has a journal, and one more when it
-- is taken back.
CREATE TABLE bank_match (
  org_id         uuid        NOT NULL,
  id             uuid        NOT NULL,
  line_id        uuid        NOT NULL,
  kind           text        NOT NULL,
  ref            text        NOT NULL,           -- 'po_…', 'ord_…', what it was for, or the request to write off
  amount_minor   bigint      NOT NULL,           -- signed as the line
  currency       char(3)     NOT NULL,
  reason         text        NOT NULL,
  automatic      boolean     NOT NULL,
  matched_by     text        NOT NULL,
  matched_at     timestamptz NOT NULL,
  unmatched_by   text,
  unmatched_at   timestamptz,
  unmatch_reason text        NOT NULL DEFAULT '',
  CONSTRAINT bank_match_pk PRIMARY KEY (org_id, id),
  CONSTRAINT bank_match_line_fk FOREIGN KEY (org_id, line_id) REFERENCES bank_line (org_id, id),
  CONSTRAINT bank_match_kind_known CHECK (kind IN ('payout', 'order', 'other')),
  CONSTRAINT bank_match_amount_some CHECK (amount_minor <> 0),
  CONSTRAINT bank_match_unmatched CHECK ((unmatched_by IS NULL) = (unmatched_at IS NULL))
);
CREATE INDEX bank_match_line_idx ON bank_match (org_id, line_id, matched_at);
CREATE INDEX bank_match_ref_idx ON bank_match (org_id, ref);

-- What was taken back stays so, and nothing else of a match changes.
CREATE FUNCTION bank_match_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.unmatched_at IS NOT NULL
     OR (NEW.org_id, NEW.id, NEW.line_id, NEW.kind, NEW.ref, NEW.amount_minor, NEW.currency, NEW.reason, NEW.automatic, NEW.matched_by, NEW.matched_at)
        IS DISTINCT FROM
        (OLD.org_id, OLD.id, OLD.line_id, OLD.kind, OLD.ref, OLD.amount_minor, OLD.currency, OLD.reason, OLD.automatic, OLD.matched_by, OLD.matched_at) THEN
    RAISE EXCEPTION 'a match is only ever taken back' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'bank_match_fixed';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER bank_match_fixed BEFORE UPDATE OR DELETE ON bank_match FOR EACH ROW EXECUTE FUNCTION bank_match_guard();
