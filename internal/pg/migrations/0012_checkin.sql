-- The door: tablets, check-in lists, scans, admissions.

-- A tablet, for one event and some of its lists. Its access ends a day after the event.
CREATE TABLE device (
  org_id           uuid        NOT NULL,
  id               uuid        NOT NULL,
  event_id         uuid        NOT NULL,
  name             text        NOT NULL,
  gate             text        NOT NULL DEFAULT '',
  list_ids         uuid[]      NOT NULL,
  mode             text        NOT NULL,
  role_without_pin text        NOT NULL,
  created_at       timestamptz NOT NULL,
  paired_at        timestamptz,
  revoked_at       timestamptz,
  last_seen_at     timestamptz,
  queued           int         NOT NULL DEFAULT 0, -- scans that wait on it, by its last report
  app_version      text        NOT NULL DEFAULT '',
  alarms           text[]      NOT NULL DEFAULT '{}',
  CONSTRAINT device_pk PRIMARY KEY (org_id, id),
  CONSTRAINT device_event_fk FOREIGN KEY (org_id, event_id) REFERENCES event (org_id, id),
  CONSTRAINT device_mode_known CHECK (mode IN ('door', 'kiosk', 'print_station')),
  CONSTRAINT device_role_known CHECK (role_without_pin IN ('steward', 'lead')),
  CONSTRAINT device_alarms_known CHECK (alarms <@ ARRAY['code_reused', 'token_reused', 'used_after_end', 'unknown_tickets', 'clock_jumped', 'other_list'])
);
CREATE INDEX device_event_idx ON device (org_id, event_id, id);

-- What a pairing QR is worth; only the SHA-256 of the code is kept.
CREATE TABLE device_pairing (
  code_hash  bytea       NOT NULL,
  org_id     uuid        NOT NULL,
  device_id  uuid        NOT NULL,
  expires_at timestamptz NOT NULL,
  spent_at   timestamptz,
  CONSTRAINT device_pairing_pk PRIMARY KEY (code_hash),
  CONSTRAINT device_pairing_device_fk FOREIGN KEY (org_id, device_id) REFERENCES device (org_id, id)
);
CREATE INDEX device_pairing_device_idx ON device_pairing (org_id, device_id);

-- A tablet's tokens: the one in use, one that was made and not used yet, and older ones.
CREATE TABLE device_token (
  token_hash    bytea       NOT NULL,
  org_id        uuid        NOT NULL,
  device_id     uuid        NOT NULL,
  issued_at     timestamptz NOT NULL,
  first_used_at timestamptz,
  ends_at       timestamptz,               -- an hour after its successor was first used
  CONSTRAINT device_token_pk PRIMARY KEY (token_hash),
  CONSTRAINT device_token_device_fk FOREIGN KEY (org_id, device_id) REFERENCES device (org_id, id)
);
CREATE INDEX device_token_device_idx ON device_token (org_id, device_id);

CREATE TABLE check_in_list (
  org_id           uuid        NOT NULL,
  id               uuid        NOT NULL,
  event_id         uuid        NOT NULL,
  title            text        NOT NULL,
  product_ids      uuid[]      NOT NULL,
  session_ids      uuid[]      NOT NULL,
  opens_local      timestamp,                -- in the event's zone
  closes_local     timestamp,
  mode             text        NOT NULL,
  exits            boolean     NOT NULL,
  offline          text        NOT NULL,
  show_question_ids uuid[]     NOT NULL,
  ask_question_ids uuid[]      NOT NULL,
  badge_product_ids uuid[]     NOT NULL,
  print_badges     boolean     NOT NULL,
  archived_at      timestamptz,
  version          bigint      NOT NULL DEFAULT 1,
  created_at       timestamptz NOT NULL,
  CONSTRAINT check_in_list_pk PRIMARY KEY (org_id, id),
  CONSTRAINT check_in_list_event_fk FOREIGN KEY (org_id, event_id) REFERENCES event (org_id, id),
  CONSTRAINT check_in_list_mode_known CHECK (mode IN ('once', 'once_per_day', 're_entry', 'free')),
  CONSTRAINT check_in_list_offline_known CHECK (offline IN ('admit', 'signed_or_listed', 'listed_only', 'stop')),
  CONSTRAINT check_in_list_order CHECK (closes_local > opens_local)
);
CREATE INDEX check_in_list_event_idx ON check_in_list (org_id, event_id, id);

-- Which products a list lets in.
CREATE VIEW check_in_list_product AS
  SELECT l.org_id, l.id AS list_id, l.event_id, p.id AS product_id
    FROM check_in_list l
    JOIN product p ON p.org_id = l.org_id AND p.event_id = l.event_id
   WHERE CASE WHEN l.product_ids = '{}' THEN NOT p.online ELSE p.id = ANY (l.product_ids) END
     AND (l.session_ids = '{}'
          OR NOT EXISTS (SELECT 1 FROM product_session ps WHERE ps.org_id = p.org_id AND ps.product_id = p.id)
          OR EXISTS (SELECT 1
                       FROM product_session ps
                      WHERE ps.org_id = p.org_id AND ps.product_id = p.id AND ps.session_id = ANY (l.session_ids)));

-- The keys that sign an event's tickets follow from the master key; here stands which there
-- are. An event without a row has key 1.
CREATE TABLE ticket_key (
  org_id     uuid        NOT NULL,
  event_id   uuid        NOT NULL,
  id         int         NOT NULL,
  created_at timestamptz NOT NULL,
  retired_at timestamptz,
  CONSTRAINT ticket_key_pk PRIMARY KEY (org_id, event_id, id),
  CONSTRAINT ticket_key_event_fk FOREIGN KEY (org_id, event_id) REFERENCES event (org_id, id),
  CONSTRAINT ticket_key_id_range CHECK (id BETWEEN 1 AND 255)
);

CREATE TABLE staff_pin (
  org_id     uuid  NOT NULL,
  event_id   uuid  NOT NULL,
  label      text  NOT NULL,
  role       text  NOT NULL,
  salt       bytea NOT NULL,
  iterations int   NOT NULL,
  verifier   bytea NOT NULL,             -- SHA-256 of the key that PBKDF2 makes of the PIN
  CONSTRAINT staff_pin_pk PRIMARY KEY (org_id, event_id, label),
  CONSTRAINT staff_pin_event_fk FOREIGN KEY (org_id, event_id) REFERENCES event (org_id, id),
  CONSTRAINT staff_pin_role_known CHECK (role IN ('steward', 'lead'))
);

-- How an event's kiosks behave and on what its badges are printed.
CREATE TABLE door_settings (
  org_id          uuid    NOT NULL,
  event_id        uuid    NOT NULL,
  welcome         text    NOT NULL DEFAULT '',
  allow_lookup    boolean NOT NULL DEFAULT true,
  idle_seconds    int     NOT NULL DEFAULT 0, -- 0: as long as the program thinks right
  badge_width_mm  int     NOT NULL DEFAULT 62,
  badge_height_mm int     NOT NULL DEFAULT 100,
  CONSTRAINT door_settings_pk PRIMARY KEY (org_id, event_id),
  CONSTRAINT door_settings_event_fk FOREIGN KEY (org_id, event_id) REFERENCES event (org_id, id),
  CONSTRAINT door_settings_badge_sides CHECK (badge_width_mm BETWEEN 40 AND 210 AND badge_height_mm BETWEEN 40 AND 210)
);

-- Every change of a registration carries the transaction that made it, so that tablets
-- can ask for what changed. A trigger sees to it, because a change that a tablet does
-- not hear of lets a cancelled ticket in.
ALTER TABLE registration ADD COLUMN touched xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE FUNCTION registration_touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.touched := pg_current_xact_id();
  RETURN NEW;
END $$;
CREATE TRIGGER registration_touch BEFORE UPDATE ON registration
  FOR EACH ROW EXECUTE FUNCTION registration_touch();
CREATE INDEX registration_touched_idx ON registration (org_id, event_id, touched);

-- Money that comes and goes changes tickets too.
CREATE FUNCTION registration_touch_by_money() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE registration
     SET touched = pg_current_xact_id()
   WHERE org_id = NEW.org_id
     AND order_id = NEW.order_id
     AND state IN ('confirmed', 'awaiting_payment', 'cancelled')
     AND touched <> pg_current_xact_id();
  RETURN NULL;
END $$;
CREATE TRIGGER payment_touch AFTER INSERT ON payment
  FOR EACH ROW EXECUTE FUNCTION registration_touch_by_money();
CREATE TRIGGER payment_refund_touch AFTER INSERT OR UPDATE OF state ON payment_refund
  FOR EACH ROW EXECUTE FUNCTION registration_touch_by_money();
CREATE TRIGGER order_line_touch AFTER UPDATE OF credited_minor ON order_line
  FOR EACH ROW EXECUTE FUNCTION registration_touch_by_money();
CREATE TRIGGER order_terms_touch AFTER UPDATE OF disputed, transferred_minor, sent_back_minor ON order_terms
  FOR EACH ROW WHEN ((NEW.disputed, NEW.transferred_minor, NEW.sent_back_minor) IS DISTINCT FROM (OLD.disputed, OLD.transferred_minor, OLD.sent_back_minor)) EXECUTE FUNCTION registration_touch_by_money();

-- One scan, as it happened. The primary key makes a scan that is sent twice one scan.
CREATE TABLE scan (
  org_id          uuid        NOT NULL,
  event_id        uuid        NOT NULL,
  id              text        NOT NULL,    -- made by the tablet
  list_id         uuid        NOT NULL,
  registration_id uuid,                    -- NULL: the code was no ticket of this event
  day             text        NOT NULL,    -- see admission
  kind            text        NOT NULL,
  told            text        NOT NULL,    -- what was answered at the door; '' when the server answered
  outcome         text        NOT NULL,    -- what the server says
  basis           text        NOT NULL,    -- of the answer at the door
  conflict        text        NOT NULL DEFAULT '',
  device_id       uuid        NOT NULL,
  gate            text        NOT NULL,
  staff           text        NOT NULL DEFAULT '', -- the label of the PIN
  sequence        bigint      NOT NULL,    -- orders a tablet's scans
  wall_at         timestamptz NOT NULL,    -- the tablet's own clock
  effective_at    timestamptz NOT NULL,    -- when it happened, as the server reckons
  received_at     timestamptz NOT NULL,
  clock_doubtful  boolean     NOT NULL,
  list_age        int         NOT NULL DEFAULT 0, -- seconds
  voids           text        NOT NULL DEFAULT '', -- the scan that is taken back
  reason          text        NOT NULL DEFAULT '',
  code            text        NOT NULL DEFAULT '', -- the beginning of a code that was no ticket
  answers         jsonb       NOT NULL DEFAULT '{}',
  cash_taken      boolean     NOT NULL DEFAULT false,
  other_event     text        NOT NULL DEFAULT '',
  touched         xid8        NOT NULL DEFAULT pg_current_xact_id(),
  CONSTRAINT scan_pk PRIMARY KEY (org_id, event_id, id),
  CONSTRAINT scan_device_fk FOREIGN KEY (org_id, device_id) REFERENCES device (org_id, id),
  CONSTRAINT scan_kind_known CHECK (kind IN ('entry', 'exit', 'void'))
);
CREATE INDEX scan_ticket_idx ON scan (org_id, event_id, registration_id, list_id);
CREATE INDEX scan_touched_idx ON scan (org_id, event_id, touched);
CREATE INDEX scan_log_idx ON scan (org_id, event_id, received_at, id);
CREATE INDEX scan_answers_idx ON scan (org_id, event_id, registration_id) WHERE answers <> '{}';
CREATE INDEX scan_cash_idx ON scan (org_id, event_id, registration_id) WHERE cash_taken;
CREATE INDEX scan_voids_idx ON scan (org_id, event_id, voids) WHERE voids <> '';
CREATE TRIGGER scan_append_only BEFORE UPDATE OR DELETE ON scan
  FOR EACH ROW EXECUTE FUNCTION append_only();

-- Who came in, once for each list, ticket and day: the primary key decides between two
-- gates. The rest follows from the ticket's scans, whatever their order.
CREATE TABLE admission (
  org_id          uuid        NOT NULL,
  list_id         uuid        NOT NULL,
  registration_id uuid        NOT NULL,
  day             text        NOT NULL,    -- "2026-11-26" in the event's zone on lists that admit once a day, else ''
  event_id        uuid        NOT NULL,
  inside          boolean     NOT NULL,
  entries         int         NOT NULL,
  first_at        timestamptz NOT NULL,
  first_gate      text        NOT NULL,
  first_device    uuid        NOT NULL,
  first_scan      text        NOT NULL,
  last_at         timestamptz NOT NULL,    -- of the latest entry or exit
  last_device     uuid        NOT NULL,
  last_exit       boolean     NOT NULL,
  CONSTRAINT admission_pk PRIMARY KEY (org_id, list_id, registration_id, day)
);
CREATE INDEX admission_registration_idx ON admission (org_id, registration_id);

-- Tickets that are set aside for walk-ins on one tablet.
CREATE TABLE spare_ticket (
  org_id          uuid        NOT NULL,
  registration_id uuid        NOT NULL,
  event_id        uuid        NOT NULL,
  device_id       uuid        NOT NULL,
  allotted_at     timestamptz NOT NULL,
  used_at         timestamptz,
  over_capacity   boolean     NOT NULL DEFAULT false,
  CONSTRAINT spare_ticket_pk PRIMARY KEY (org_id, registration_id),
  CONSTRAINT spare_ticket_device_fk FOREIGN KEY (org_id, device_id) REFERENCES device (org_id, id)
);
CREATE INDEX spare_ticket_device_idx ON spare_ticket (org_id, device_id) WHERE used_at IS NULL;

-- Ticks of the roll-call; the latest counts.
CREATE TABLE roll_call_tick (
  org_id          uuid        NOT NULL,
  list_id         uuid        NOT NULL,
  id              text        NOT NULL,    -- made by the tablet
  registration_id uuid        NOT NULL,
  safe            boolean     NOT NULL,
  device_id       uuid        NOT NULL,
  effective_at    timestamptz NOT NULL,
  received_at     timestamptz NOT NULL,
  CONSTRAINT roll_call_tick_pk PRIMARY KEY (org_id, list_id, id)
);
CREATE INDEX roll_call_tick_ticket_idx ON roll_call_tick (org_id, list_id, registration_id, effective_at);
CREATE TRIGGER roll_call_tick_append_only BEFORE UPDATE OR DELETE ON roll_call_tick
  FOR EACH ROW EXECUTE FUNCTION append_only();

CREATE TABLE print_job (
  org_id          uuid        NOT NULL,
  id              uuid        NOT NULL,
  event_id        uuid        NOT NULL,
  list_id         uuid        NOT NULL,
  registration_id uuid        NOT NULL,
  gate            text        NOT NULL,
  reprint_key     text,                    -- NULL: the first badge; else made by the tablet that asked for another
  reason          text        NOT NULL DEFAULT '',
  asked_by        uuid,                    -- the tablet; NULL: printed in the office
  created_at      timestamptz NOT NULL,
  claimed_at      timestamptz,
  claimed_by      uuid,
  printed_at      timestamptz,
  attempts        int         NOT NULL DEFAULT 0,
  CONSTRAINT print_job_pk PRIMARY KEY (org_id, id)
);
-- One first badge for each ticket, whoever admits and however often.
CREATE UNIQUE INDEX print_job_first_unique ON print_job (org_id, registration_id) WHERE reprint_key IS NULL;
CREATE UNIQUE INDEX print_job_reprint_unique ON print_job (org_id, reprint_key) WHERE reprint_key IS NOT NULL;
CREATE INDEX print_job_waiting_idx ON print_job (org_id, event_id, created_at) WHERE printed_at IS NULL;
