-- Personal join pages: who used theirs, and when.

CREATE TABLE join_event (
  org_id          uuid        NOT NULL,
  id              uuid        NOT NULL,
  registration_id uuid        NOT NULL,
  session_id      uuid        NOT NULL,
  kind            text        NOT NULL,
  at              timestamptz NOT NULL,
  device_hash     bytea       NOT NULL,
  CONSTRAINT join_event_pk PRIMARY KEY (org_id, id),
  CONSTRAINT join_event_kind_known CHECK (kind IN ('link_used')),
  CONSTRAINT join_event_session_fk FOREIGN KEY (org_id, session_id) REFERENCES session (org_id, id)
);
CREATE INDEX join_event_registration_idx ON join_event (org_id, registration_id, session_id, at);

CREATE TABLE attendance (
  org_id          uuid        NOT NULL,
  registration_id uuid        NOT NULL,
  session_id      uuid        NOT NULL,
  level           text        NOT NULL,
  source          text        NOT NULL,
  first_at        timestamptz NOT NULL,
  last_at         timestamptz NOT NULL,
  CONSTRAINT attendance_pk PRIMARY KEY (org_id, registration_id, session_id),
  CONSTRAINT attendance_level_known CHECK (level IN ('link_used', 'joined')),
  CONSTRAINT attendance_session_fk FOREIGN KEY (org_id, session_id) REFERENCES session (org_id, id)
);
