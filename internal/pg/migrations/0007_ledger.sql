-- The double-entry journal, its periods, and the invoices and credit notes.
--
-- What an accountant relies on is kept here and not in the program: entries balance,
-- nothing is changed or removed, closed months stay closed, numbers have no gaps. Each
-- rule has a name (L1 to L10) that the triggers raise as the constraint's name, and a
-- test that attacks it. Triggers are ENABLE ALWAYS, so that a session that poses as a
-- replica fires them too.

-- Accounting periods are calendar months. Two months never overlap, so the primary key
-- is all the exclusion that is needed.
CREATE TABLE acct_period (
  org_id          uuid        NOT NULL,
  month           date        NOT NULL,
  span            daterange   NOT NULL GENERATED ALWAYS AS (daterange(month, (month + interval '1 month')::date)) STORED,
  state           text        NOT NULL DEFAULT 'open',
  closed_at       timestamptz,
  closed_by       text,
  snapshot        text,                    -- SHA-256 of the month's postings when it was closed
  reopen_asked_by text,
  reopen_asked_at timestamptz,
  reopened_by     text,
  CONSTRAINT acct_period_pk PRIMARY KEY (org_id, month),
  CONSTRAINT acct_period_org_fk FOREIGN KEY (org_id) REFERENCES organisation (id),
  CONSTRAINT acct_period_month_start CHECK (extract(day FROM month) = 1),
  CONSTRAINT acct_period_state_known CHECK (state IN ('open', 'closed')),
  CONSTRAINT acct_period_closed_by_someone CHECK ((state = 'closed') = (closed_by IS NOT NULL AND closed_at IS NOT NULL AND snapshot IS NOT NULL))
);

CREATE TABLE ledger_account (
  org_id   uuid    NOT NULL,
  code     text    NOT NULL,
  currency char(3) NOT NULL,
  kind     text    NOT NULL,
  clearing boolean NOT NULL,               -- each of its refs has to come to zero
  CONSTRAINT ledger_account_pk PRIMARY KEY (org_id, code, currency),
  CONSTRAINT ledger_account_org_fk FOREIGN KEY (org_id) REFERENCES organisation (id),
  CONSTRAINT ledger_account_code_shape CHECK (code ~ '^[a-z][a-z0-9_]{0,39}$'),
  CONSTRAINT ledger_account_currency_shape CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ledger_account_kind_known CHECK (kind IN ('asset', 'liability', 'income', 'expense'))
);

CREATE TABLE journal (
  org_id       uuid        NOT NULL,
  id           uuid        NOT NULL,
  source_key   text        NOT NULL,       -- what it was made of; once per organisation
  kind         text        NOT NULL,
  effective_on date        NOT NULL,
  period       date        NOT NULL GENERATED ALWAYS AS (date_trunc('month', effective_on::timestamp)::date) STORED,
  posted_at    timestamptz NOT NULL,       -- set by trigger
  actor        text        NOT NULL,
  memo         text        NOT NULL DEFAULT '',
  reverses     uuid,
  xid          xid8        NOT NULL,       -- set by trigger: the transaction that may add its lines
  CONSTRAINT journal_pk PRIMARY KEY (org_id, id),
  CONSTRAINT journal_source_unique UNIQUE (org_id, source_key),
  CONSTRAINT journal_reverses_fk FOREIGN KEY (org_id, reverses) REFERENCES journal (org_id, id),
  CONSTRAINT journal_period_fk FOREIGN KEY (org_id, period) REFERENCES acct_period (org_id, month),
  CONSTRAINT journal_source_given CHECK (source_key <> ''),
  CONSTRAINT journal_not_itself CHECK (reverses <> id)
);
CREATE INDEX journal_effective_idx ON journal (org_id, effective_on, id);
-- Partial, so that nobody looks a journal up by it: on a fresh table, where nothing is
-- known about values, it would look as good as the primary key and read every journal.
CREATE UNIQUE INDEX journal_reverses_unique ON journal (org_id, reverses) WHERE reverses IS NOT NULL;

CREATE TABLE posting (
  org_id     uuid     NOT NULL,
  journal_id uuid     NOT NULL,
  line       smallint NOT NULL,
  account    text     NOT NULL,
  currency   char(3)  NOT NULL,
  amount     bigint   NOT NULL,            -- minor units; debit is positive
  ref        text     NOT NULL,            -- the order, charge, event … it is about
  CONSTRAINT posting_pk PRIMARY KEY (org_id, journal_id, line),
  CONSTRAINT posting_journal_fk FOREIGN KEY (org_id, journal_id) REFERENCES journal (org_id, id),
  CONSTRAINT posting_account_fk FOREIGN KEY (org_id, account, currency) REFERENCES ledger_account (org_id, code, currency),
  CONSTRAINT posting_amount_some CHECK (amount <> 0),
  CONSTRAINT posting_ref_given CHECK (ref <> '')
);
CREATE INDEX posting_balance_idx ON posting (org_id, account, ref, currency) INCLUDE (amount);

-- What is not settled: references of clearing accounts that do not come to zero.
CREATE VIEW open_item AS
  SELECT o.org_id, o.account, o.ref, o.currency, o.amount, d.since, d.last_on
    FROM (SELECT p.org_id, p.account, p.ref, p.currency, sum(p.amount)::bigint AS amount
            FROM posting p
            JOIN ledger_account a ON a.org_id = p.org_id AND a.code = p.account AND a.currency = p.currency
           WHERE a.clearing
           GROUP BY p.org_id, p.account, p.ref, p.currency
          HAVING sum(p.amount) <> 0) o
   CROSS JOIN LATERAL (
          SELECT min(j.effective_on) AS since, max(j.effective_on) AS last_on
            FROM posting p
            JOIN journal j ON j.org_id = p.org_id AND j.id = p.journal_id
           WHERE p.org_id = o.org_id
             AND p.account = o.account
             AND p.ref = o.ref
             AND p.currency = o.currency) d;

CREATE TABLE document_series (
  org_id uuid NOT NULL,
  series text NOT NULL,                    -- "INV-2026"
  last   int  NOT NULL,                    -- the number given last
  CONSTRAINT document_series_pk PRIMARY KEY (org_id, series),
  CONSTRAINT document_series_org_fk FOREIGN KEY (org_id) REFERENCES organisation (id)
);

-- Documents outlive the orders they are about and keep what was printed, so they hold
-- copies and no foreign key to an order.
CREATE TABLE document (
  org_id         uuid        NOT NULL,
  id             uuid        NOT NULL,
  source_key     text        NOT NULL,
  kind           text        NOT NULL,
  series         text        NOT NULL,     -- given: "INV"; the trigger appends the year
  sequence       int         NOT NULL,     -- set by trigger
  number         text        NOT NULL,     -- set by trigger
  issued_on      date        NOT NULL,
  tax_point      date        NOT NULL,
  booked_on      date        NOT NULL,     -- the day it counts on: moved forward where that month is closed
  period         date        NOT NULL GENERATED ALWAYS AS (date_trunc('month', booked_on::timestamp)::date) STORED,
  due_on         date,
  order_id       uuid        NOT NULL,
  corrects       uuid,                     -- the invoice that a credit note is about
  currency       char(3)     NOT NULL,
  net            bigint      NOT NULL,
  vat            bigint      NOT NULL,
  gross          bigint      NOT NULL,
  supplier       jsonb       NOT NULL,
  customer       jsonb       NOT NULL,
  sterling_vat   bigint,                   -- VAT in pence where currency is not GBP
  sterling_rate  text        NOT NULL DEFAULT '',
  purchase_order text        NOT NULL DEFAULT '',
  note           text        NOT NULL DEFAULT '',
  reason         text        NOT NULL DEFAULT '', -- why a credit note was given
  actor          text        NOT NULL,
  issued_at      timestamptz NOT NULL,     -- set by trigger
  xid            xid8        NOT NULL,     -- set by trigger
  CONSTRAINT document_pk PRIMARY KEY (org_id, id),
  CONSTRAINT document_source_unique UNIQUE (org_id, source_key),
  CONSTRAINT document_number_unique UNIQUE (org_id, number),
  CONSTRAINT document_sequence_unique UNIQUE (org_id, series, sequence),
  CONSTRAINT document_period_fk FOREIGN KEY (org_id, period) REFERENCES acct_period (org_id, month),
  CONSTRAINT document_corrects_fk FOREIGN KEY (org_id, corrects) REFERENCES document (org_id, id),
  CONSTRAINT document_kind_known CHECK (kind IN ('invoice', 'simplified', 'credit_note')),
  CONSTRAINT document_corrects_something CHECK ((kind = 'credit_note') = (corrects IS NOT NULL)),
  CONSTRAINT document_currency_shape CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT document_sums CHECK (net + vat = gross AND net >= 0 AND vat >= 0),
  CONSTRAINT document_sterling_noted CHECK ((sterling_vat IS NULL) = (sterling_rate = ''))
);
CREATE INDEX document_order_idx ON document (org_id, order_id);
CREATE INDEX document_corrects_idx ON document (org_id, corrects) WHERE corrects IS NOT NULL;
CREATE INDEX document_booked_idx ON document (org_id, booked_on, id);

CREATE TABLE document_line (
  org_id        uuid     NOT NULL,
  document_id   uuid     NOT NULL,
  line          smallint NOT NULL,
  corrects_line smallint,                  -- a credit note's: the invoice's line
  description   text     NOT NULL,
  quantity      int      NOT NULL,
  unit_net      bigint   NOT NULL,
  discount      bigint   NOT NULL,         -- gross, already taken off
  net           bigint   NOT NULL,
  rate          int      NOT NULL,         -- hundredths of a percent
  vat           bigint   NOT NULL,
  gross         bigint   NOT NULL,
  category      text     NOT NULL,
  reason        text     NOT NULL,         -- why there is no VAT
  CONSTRAINT document_line_pk PRIMARY KEY (org_id, document_id, line),
  CONSTRAINT document_line_document_fk FOREIGN KEY (org_id, document_id) REFERENCES document (org_id, id),
  CONSTRAINT document_line_sums CHECK (net + vat = gross AND net >= 0 AND vat >= 0 AND discount >= 0),
  CONSTRAINT document_line_quantity CHECK (quantity >= 1),
  CONSTRAINT document_line_rate CHECK (rate BETWEEN 0 AND 10000)
);

-- The document as it was first rendered; nobody renders it a second time.
CREATE TABLE document_file (
  org_id      uuid        NOT NULL,
  document_id uuid        NOT NULL,
  pdf         bytea       NOT NULL,
  sha256      bytea       NOT NULL,
  stored_at   timestamptz NOT NULL,
  CONSTRAINT document_file_pk PRIMARY KEY (org_id, document_id),
  CONSTRAINT document_file_document_fk FOREIGN KEY (org_id, document_id) REFERENCES document (org_id, id),
  CONSTRAINT document_file_hash CHECK (sha256 = sha256(pdf))
);

-- L3: append-only.
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation', CONSTRAINT = 'L3_append_only';
END $$;

CREATE TRIGGER journal_l3 BEFORE UPDATE OR DELETE OR TRUNCATE ON journal FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER posting_l3 BEFORE UPDATE OR DELETE OR TRUNCATE ON posting FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_account_l3 BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_account FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER acct_period_l3 BEFORE DELETE OR TRUNCATE ON acct_period FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER document_l3 BEFORE UPDATE OR DELETE OR TRUNCATE ON document FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER document_line_l3 BEFORE UPDATE OR DELETE OR TRUNCATE ON document_line FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER document_file_l3 BEFORE UPDATE OR DELETE OR TRUNCATE ON document_file FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER document_series_l3 BEFORE DELETE OR TRUNCATE ON document_series FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

-- L6: a closed period gets nothing new. FOR SHARE makes a close wait for whoever is
-- writing, and a writer wait for whoever is closing; the lock then shows the new state.
CREATE FUNCTION ledger_need_open(org uuid, day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  found_state text;
BEGIN
  SELECT state INTO found_state
    FROM acct_period
   WHERE org_id = org
     AND month = date_trunc('month', day::timestamp)::date
     FOR SHARE;
  IF found_state IS DISTINCT FROM 'open' THEN
    RAISE EXCEPTION 'the period of % is not open', day USING ERRCODE = 'check_violation', CONSTRAINT = 'L6_period_open';
  END IF;
END $$;

-- L4 and L6: whatever an insert says, a journal is of now and of this transaction.
CREATE FUNCTION ledger_stamp_journal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM ledger_need_open(NEW.org_id, NEW.effective_on);
  NEW.xid := pg_current_xact_id();
  NEW.posted_at := transaction_timestamp();
  RETURN NEW;
END $$;
CREATE TRIGGER journal_l4_l6 BEFORE INSERT ON journal FOR EACH ROW EXECUTE FUNCTION ledger_stamp_journal();

-- L4: a committed journal is sealed. The query is planned anew each time: a plan that was
-- made while the tables were small would go through all of them for each line.
CREATE FUNCTION ledger_seal_postings() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  sealed boolean;
BEGIN
  EXECUTE 'SELECT EXISTS (SELECT FROM added a
                            JOIN journal j ON j.org_id = a.org_id AND j.id = a.journal_id
                           WHERE j.xid <> pg_current_xact_id())' INTO sealed;
  IF sealed THEN
    RAISE EXCEPTION 'a committed journal takes no more lines' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'L4_sealed';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER posting_l4 AFTER INSERT ON posting REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_seal_postings();

-- L1 and L9, at commit. L2: checked after new journals and after new lines, since with
-- one of the two alone SET CONSTRAINTS IMMEDIATE would get the check out of the way.
CREATE FUNCTION ledger_check_journal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  checked uuid;
  original uuid;
  short boolean;
  unbalanced boolean;
BEGIN
  IF TG_TABLE_NAME = 'journal' THEN checked := NEW.id; ELSE checked := NEW.journal_id; END IF;
  SELECT coalesce(sum(c.lines), 0) < 2, coalesce(bool_or(c.amount <> 0), false),
         (SELECT reverses FROM journal WHERE org_id = NEW.org_id AND id = checked)
    INTO short, unbalanced, original
    FROM (SELECT count(*) AS lines, sum(amount) AS amount
            FROM posting
           WHERE org_id = NEW.org_id AND journal_id = checked
           GROUP BY currency) c;
  IF short OR unbalanced THEN
    RAISE EXCEPTION 'journal % has fewer than two lines or does not balance', checked USING ERRCODE = 'check_violation', CONSTRAINT = 'L1_balanced';
  END IF;
  IF original IS NOT NULL AND EXISTS (
       SELECT FROM posting
        WHERE org_id = NEW.org_id AND journal_id IN (checked, original)
        GROUP BY account, currency, ref, abs(amount)
       HAVING sum(amount) <> 0) THEN
    RAISE EXCEPTION 'journal % does not mirror %', checked, original USING ERRCODE = 'check_violation', CONSTRAINT = 'L9_mirror';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER journal_l1_l9 AFTER INSERT ON journal DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_check_journal();
CREATE CONSTRAINT TRIGGER posting_l1_l9 AFTER INSERT ON posting DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_check_journal();

-- L7: months close in order, and only the last closed one opens again, by two people.
-- The advisory lock puts a month's making and another's closing in a row.
CREATE FUNCTION ledger_guard_period() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('acct_period ' || NEW.org_id, 0));
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'open' OR EXISTS (SELECT FROM acct_period WHERE org_id = NEW.org_id AND state = 'closed' AND month > NEW.month) THEN
      RAISE EXCEPTION 'a later period is closed' USING ERRCODE = 'check_violation', CONSTRAINT = 'L7_in_order';
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.org_id, NEW.month) IS DISTINCT FROM (OLD.org_id, OLD.month) THEN
    RAISE EXCEPTION 'a period stays where it is' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'L7_in_order';
  END IF;
  IF OLD.state = 'open' AND NEW.state = 'closed' THEN
    IF EXISTS (SELECT FROM acct_period WHERE org_id = NEW.org_id AND state = 'open' AND month < NEW.month) THEN
      RAISE EXCEPTION 'an earlier period is open' USING ERRCODE = 'check_violation', CONSTRAINT = 'L7_in_order';
    END IF;
  ELSIF OLD.state = 'closed' AND NEW.state = 'open' THEN
    IF EXISTS (SELECT FROM acct_period WHERE org_id = NEW.org_id AND state = 'closed' AND month > NEW.month) THEN
      RAISE EXCEPTION 'a later period is closed' USING ERRCODE = 'check_violation', CONSTRAINT = 'L7_in_order';
    END IF;
    IF OLD.reopen_asked_by IS NULL OR NEW.reopened_by IS NULL OR NEW.reopened_by = OLD.reopen_asked_by THEN
      RAISE EXCEPTION 'reopening takes two people' USING ERRCODE = 'check_violation', CONSTRAINT = 'L7_two_people';
    END IF;
  ELSIF OLD.state = 'closed' AND (NEW.snapshot, NEW.closed_by, NEW.closed_at) IS DISTINCT FROM (OLD.snapshot, OLD.closed_by, OLD.closed_at) THEN
    RAISE EXCEPTION 'a closed period keeps its snapshot' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'L7_in_order';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER acct_period_l7 BEFORE INSERT OR UPDATE ON acct_period FOR EACH ROW EXECUTE FUNCTION ledger_guard_period();

-- L10: a document's number is the next of its series. The counter's row lock is held to
-- the end of the transaction, and a rollback gives the number back with it.
CREATE FUNCTION ledger_number_document() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM ledger_need_open(NEW.org_id, NEW.booked_on);
  IF NEW.corrects IS NOT NULL THEN -- credit notes of one invoice come one after the other
    PERFORM FROM document WHERE org_id = NEW.org_id AND id = NEW.corrects FOR NO KEY UPDATE;
  END IF;
  NEW.series := regexp_replace(NEW.series, '-[0-9]{4}$', '') || '-' || to_char(NEW.issued_on, 'YYYY');
  INSERT INTO document_series (org_id, series, last)
  VALUES (NEW.org_id, NEW.series, 1)
      ON CONFLICT (org_id, series) DO UPDATE SET last = document_series.last + 1
  RETURNING last INTO NEW.sequence;
  NEW.number := NEW.series || '-' || lpad(NEW.sequence::text, greatest(5, length(NEW.sequence::text)), '0');
  NEW.xid := pg_current_xact_id();
  NEW.issued_at := transaction_timestamp();
  RETURN NEW;
END $$;
CREATE TRIGGER document_l10 BEFORE INSERT ON document FOR EACH ROW EXECUTE FUNCTION ledger_number_document();

-- L10: nobody but that trigger counts.
CREATE FUNCTION ledger_guard_series() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF pg_trigger_depth() < 2 THEN
    RAISE EXCEPTION 'only a new document counts its series' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'L10_gapless';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER document_series_l10 BEFORE INSERT OR UPDATE ON document_series FOR EACH ROW EXECUTE FUNCTION ledger_guard_series();

-- L10: and each number counted is there at commit, so that an insert which ON CONFLICT
-- turned into nothing leaves no gap.
CREATE FUNCTION ledger_check_series() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM document WHERE org_id = NEW.org_id AND series = NEW.series AND sequence = NEW.last) THEN
    RAISE EXCEPTION 'number % of % was not used', NEW.last, NEW.series USING ERRCODE = 'check_violation', CONSTRAINT = 'L10_gapless';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER document_series_used AFTER INSERT OR UPDATE ON document_series DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_check_series();

-- L4 for documents: lines come with the document.
CREATE FUNCTION ledger_seal_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM added a
               JOIN document d ON d.org_id = a.org_id AND d.id = a.document_id
              WHERE d.xid <> pg_current_xact_id()) THEN
    RAISE EXCEPTION 'a committed document takes no more lines' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'L4_sealed';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER document_line_l4 AFTER INSERT ON document_line REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_seal_lines();

-- At commit: a document is the sum of its lines, and the credit notes of an invoice
-- stay within each of its lines.
CREATE FUNCTION ledger_check_document() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  checked uuid;
  d document;
BEGIN
  IF TG_TABLE_NAME = 'document' THEN checked := NEW.id; ELSE checked := NEW.document_id; END IF;
  SELECT * INTO d FROM document WHERE org_id = NEW.org_id AND id = checked;
  IF NOT EXISTS (SELECT FROM document_line
                  WHERE org_id = d.org_id AND document_id = d.id
                 HAVING count(*) > 0 AND sum(net) = d.net AND sum(vat) = d.vat AND sum(gross) = d.gross
                    AND bool_and((corrects_line IS NULL) = (d.corrects IS NULL))) THEN
    RAISE EXCEPTION 'document % is not the sum of its lines', d.number USING ERRCODE = 'check_violation', CONSTRAINT = 'document_is_its_lines';
  END IF;
  IF d.corrects IS NOT NULL AND (
       NOT EXISTS (SELECT FROM document i
                    WHERE i.org_id = d.org_id AND i.id = d.corrects AND i.kind <> 'credit_note'
                      AND i.currency = d.currency AND i.order_id = d.order_id)
       OR EXISTS (SELECT FROM document n
                    JOIN document_line c ON c.org_id = n.org_id AND c.document_id = n.id
                    LEFT JOIN document_line i ON i.org_id = n.org_id AND i.document_id = n.corrects AND i.line = c.corrects_line
                   WHERE n.org_id = d.org_id AND n.corrects = d.corrects
                   GROUP BY c.corrects_line, i.net, i.vat, i.rate, i.category
                  HAVING i.net IS NULL OR sum(c.net) > i.net OR sum(c.vat) > i.vat
                      OR bool_or(c.rate <> i.rate OR c.category <> i.category))) THEN
    RAISE EXCEPTION 'credit note % goes beyond its invoice', d.number USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_within_invoice';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER document_adds_up AFTER INSERT ON document DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_check_document();
CREATE CONSTRAINT TRIGGER document_line_adds_up AFTER INSERT ON document_line DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_check_document();

ALTER TABLE acct_period ENABLE ALWAYS TRIGGER acct_period_l3;
ALTER TABLE acct_period ENABLE ALWAYS TRIGGER acct_period_l7;
ALTER TABLE ledger_account ENABLE ALWAYS TRIGGER ledger_account_l3;
ALTER TABLE journal ENABLE ALWAYS TRIGGER journal_l3;
ALTER TABLE journal ENABLE ALWAYS TRIGGER journal_l4_l6;
ALTER TABLE journal ENABLE ALWAYS TRIGGER journal_l1_l9;
ALTER TABLE posting ENABLE ALWAYS TRIGGER posting_l3;
ALTER TABLE posting ENABLE ALWAYS TRIGGER posting_l4;
ALTER TABLE posting ENABLE ALWAYS TRIGGER posting_l1_l9;
ALTER TABLE document_series ENABLE ALWAYS TRIGGER document_series_l3;
ALTER TABLE document_series ENABLE ALWAYS TRIGGER document_series_l10;
ALTER TABLE document_series ENABLE ALWAYS TRIGGER document_series_used;
ALTER TABLE document ENABLE ALWAYS TRIGGER document_l3;
ALTER TABLE document ENABLE ALWAYS TRIGGER document_l10;
ALTER TABLE document ENABLE ALWAYS TRIGGER document_adds_up;
ALTER TABLE document_line ENABLE ALWAYS TRIGGER document_line_l3;
ALTER TABLE document_line ENABLE ALWAYS TRIGGER document_line_l4;
ALTER TABLE document_line ENABLE ALWAYS TRIGGER document_line_adds_up;
ALTER TABLE document_file ENABLE ALWAYS TRIGGER document_file_l3;
