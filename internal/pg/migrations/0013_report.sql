-- Figures for people who keep the books: what belongs to which order and event, and
-- what left for an accounts package, once.

-- The identifier inside a ledger reference such as "ord_…" or "evt_…"; NULL for
-- references of another sort, such as Stripe's.
CREATE FUNCTION ref_uuid(ref text) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN ref ~ '^[a-z]+_[0-7][0-9a-hjkmnp-tv-z]{25}$' THEN (
           SELECT (lpad(to_hex(substring(d.bits FROM 3 FOR 64)::bit(64)::bigint), 16, '0')
                || lpad(to_hex(substring(d.bits FROM 67 FOR 64)::bit(64)::bigint), 16, '0'))::uuid
             FROM (SELECT string_agg((position(substr(right(ref, 26), i, 1) IN '0123456789abcdefghjkmnpqrstvwxyz') - 1)::bit(5)::text, '' ORDER BY i) AS bits
                     FROM generate_series(1, 26) AS i) d)
         END
$$;

-- Which order, payment and event a journal is about. A journal that pays several orders
-- has a row for each; one that is about none has no row.
CREATE VIEW journal_origin AS
  SELECT j.org_id, j.id AS journal_id, d.order_id, NULL::uuid AS payment_id, NULL::uuid AS event_id
    FROM journal j
    JOIN document d ON d.org_id = j.org_id AND d.source_key = j.source_key
  UNION
  SELECT p.org_id, p.journal_id, y.order_id, y.id, NULL
    FROM posting p
    JOIN payment y ON y.org_id = p.org_id AND y.charge_id = p.ref
   WHERE p.account IN ('stripe_pending', 'fx')
  UNION
  SELECT p.org_id, p.journal_id, r.order_id, r.payment_id, NULL
    FROM posting p
    JOIN payment_refund r ON r.org_id = p.org_id AND r.refund_id = p.ref
   WHERE p.account = 'refund_pending'
  UNION
  SELECT p.org_id, p.journal_id, s.order_id, s.payment_id, NULL
    FROM posting p
    JOIN payment_dispute s ON s.org_id = p.org_id AND s.dispute_id = p.ref
   WHERE p.account IN ('dispute_held', 'dispute_loss')
  UNION
  SELECT p.org_id, p.journal_id, ref_uuid(p.ref), NULL, NULL
    FROM posting p
    JOIN journal j ON j.org_id = p.org_id AND j.id = p.journal_id
   WHERE p.account = 'receivable'
     AND p.ref LIKE 'ord\_%'
     AND j.kind IN ('bank', 'bank_match', 'manual', 'reversal')
  UNION
  SELECT p.org_id, p.journal_id, NULL, NULL, ref_uuid(p.ref)
    FROM posting p
    JOIN journal j ON j.org_id = p.org_id AND j.id = p.journal_id
   WHERE p.account = 'income'
     AND j.kind IN ('event_held', 'manual', 'reversal');

-- How our accounts are called in an accounts package.
CREATE TABLE report_mapping (
  org_id     uuid        NOT NULL,
  system     text        NOT NULL,
  lines      jsonb       NOT NULL,          -- [{"account", "ref", "code", "tax", "extra"}, …]
  version    bigint      NOT NULL DEFAULT 1,
  changed_at timestamptz NOT NULL,
  changed_by text        NOT NULL,
  CONSTRAINT report_mapping_pk PRIMARY KEY (org_id, system),
  CONSTRAINT report_mapping_org_fk FOREIGN KEY (org_id) REFERENCES organisation (id),
  CONSTRAINT report_mapping_system_known CHECK (system IN ('xero', 'quickbooks', 'sage'))
);

-- Reports that are mailed by themselves.
CREATE TABLE report_schedule (
  org_id     uuid        NOT NULL,
  id         uuid        NOT NULL,
  report     text        NOT NULL,
  format     text        NOT NULL,
  every      text        NOT NULL,
  day        int         NOT NULL,          -- of the month, 1 to 28, or of the week, 1 is Monday
  recipients text[]      NOT NULL,
  paused     boolean     NOT NULL DEFAULT false,
  next_at    timestamptz NOT NULL,
  last_at    timestamptz,
  created_by text        NOT NULL,
  version    bigint      NOT NULL DEFAULT 1,
  CONSTRAINT report_schedule_pk PRIMARY KEY (org_id, id),
  CONSTRAINT report_schedule_org_fk FOREIGN KEY (org_id) REFERENCES organisation (id),
  CONSTRAINT report_schedule_every_known CHECK (every IN ('week', 'month')),
  CONSTRAINT report_schedule_day_range CHECK (day BETWEEN 1 AND CASE every WHEN 'week' THEN 7 ELSE 28 END),
  CONSTRAINT report_schedule_recipients CHECK (cardinality(recipients) BETWEEN 1 AND 10)
);
CREATE INDEX report_schedule_due_idx ON report_schedule (next_at) WHERE NOT paused;

-- Every file that left, as it left.
CREATE TABLE report_export (
  org_id       uuid        NOT NULL,
  id           uuid        NOT NULL,
  report       text        NOT NULL,        -- what is in it: a report's name, or the system a journal is for
  format       text        NOT NULL,
  detail       text        NOT NULL DEFAULT '',
  currency     char(3),
  period_from  date,
  period_until date,                        -- the day after the last
  rows         int         NOT NULL,
  journals     int         NOT NULL DEFAULT 0,
  again        int         NOT NULL DEFAULT 0, -- of the journals, how many had been exported to this system before
  sha256       bytea       NOT NULL,        -- of what it says, however it is packed
  repeats      uuid,                        -- the first export that said the same
  file_name    text        NOT NULL,
  file         bytea       NOT NULL,
  schedule_id  uuid,
  made_at      timestamptz NOT NULL,
  made_by      text        NOT NULL,
  CONSTRAINT report_export_pk PRIMARY KEY (org_id, id),
  CONSTRAINT report_export_org_fk FOREIGN KEY (org_id) REFERENCES organisation (id),
  CONSTRAINT report_export_repeats_fk FOREIGN KEY (org_id, repeats) REFERENCES report_export (org_id, id),
  CONSTRAINT report_export_hash CHECK (length(sha256) = 32)
);
CREATE INDEX report_export_made_idx ON report_export (org_id, made_at DESC, id DESC);
CREATE INDEX report_export_hash_idx ON report_export (org_id, sha256);

-- Which journals an accounts package has been given.
CREATE TABLE report_export_journal (
  org_id     uuid NOT NULL,
  export_id  uuid NOT NULL,
  system     text NOT NULL,
  journal_id uuid NOT NULL,
  CONSTRAINT report_export_journal_pk PRIMARY KEY (org_id, export_id, journal_id),
  CONSTRAINT report_export_journal_export_fk FOREIGN KEY (org_id, export_id) REFERENCES report_export (org_id, id),
  CONSTRAINT report_export_journal_journal_fk FOREIGN KEY (org_id, journal_id) REFERENCES journal (org_id, id)
);
CREATE INDEX report_export_journal_journal_idx ON report_export_journal (org_id, system, journal_id);
