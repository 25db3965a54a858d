-- Organisations, the people in their teams, sign-in, audit, replayed answers, outbox.
-- "organisation" and "person" are small shared tables; every other table of a tenant
-- carries org_id first in its primary key.

CREATE TABLE organisation (
  id            uuid        NOT NULL,
  slug          text        NOT NULL,
  name          text        NOT NULL,
  timezone      text        NOT NULL,
  contact_email text        NOT NULL,
  about         text        NOT NULL DEFAULT '',
  website       text        NOT NULL DEFAULT '',
  version       bigint      NOT NULL DEFAULT 1,
  created_at    timestamptz NOT NULL,
  CONSTRAINT organisation_pk PRIMARY KEY (id),
  CONSTRAINT organisation_slug_unique UNIQUE (slug),
  CONSTRAINT organisation_slug_shape CHECK (slug ~ '^[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?$')
);

CREATE TABLE person (
  id           uuid        NOT NULL,
  email        text        NOT NULL,
  name         text        NOT NULL DEFAULT '',
  created_at   timestamptz NOT NULL,
  last_seen_at timestamptz,
  CONSTRAINT person_pk PRIMARY KEY (id),
  CONSTRAINT person_email_unique UNIQUE (email),
  CONSTRAINT person_email_lower CHECK (email = lower(email))
);

CREATE TABLE member (
  org_id    uuid        NOT NULL,
  person_id uuid        NOT NULL,
  role      text        NOT NULL,
  event_ids uuid[]      NOT NULL DEFAULT '{}', -- empty: all events
  joined_at timestamptz NOT NULL,
  version   bigint      NOT NULL DEFAULT 1,
  CONSTRAINT member_pk PRIMARY KEY (org_id, person_id),
  CONSTRAINT member_org_fk FOREIGN KEY (org_id) REFERENCES organisation (id),
  CONSTRAINT member_person_fk FOREIGN KEY (person_id) REFERENCES person (id),
  CONSTRAINT member_role_known CHECK (role IN ('owner', 'organiser', 'finance', 'reviewer', 'check_in'))
);
CREATE INDEX member_person_idx ON member (person_id);

CREATE TABLE team_invitation (
  org_id     uuid        NOT NULL,
  id         uuid        NOT NULL,
  email      text        NOT NULL,
  role       text        NOT NULL,
  event_ids  uuid[]      NOT NULL DEFAULT '{}',
  invited_by uuid        NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  accepted_at timestamptz,
  revoked_at  timestamptz,
  CONSTRAINT team_invitation_pk PRIMARY KEY (org_id, id),
  CONSTRAINT team_invitation_org_fk FOREIGN KEY (org_id) REFERENCES organisation (id),
  CONSTRAINT team_invitation_role_known CHECK (role IN ('owner', 'organiser', 'finance', 'reviewer', 'check_in')),
  CONSTRAINT team_invitation_email_lower CHECK (email = lower(email))
);
CREATE UNIQUE INDEX team_invitation_open_unique ON team_invitation (org_id, email)
  WHERE accepted_at IS NULL AND revoked_at IS NULL;

-- One asked-for sign-in. The token travels by mail, the browser secret stays in a cookie.
CREATE TABLE sign_in_link (
  token_hash   bytea       NOT NULL,
  email        text        NOT NULL,
  browser_hash bytea       NOT NULL,
  code_hash    bytea,                    -- set when the link was opened in another browser
  code_tries   int         NOT NULL DEFAULT 0,
  next_path    text        NOT NULL DEFAULT '',
  created_at   timestamptz NOT NULL,
  expires_at   timestamptz NOT NULL,
  spent_at     timestamptz,
  CONSTRAINT sign_in_link_pk PRIMARY KEY (token_hash),
  CONSTRAINT sign_in_link_tries CHECK (code_tries BETWEEN 0 AND 5)
);
CREATE INDEX sign_in_link_email_idx ON sign_in_link (email, created_at);
CREATE INDEX sign_in_link_browser_idx ON sign_in_link (browser_hash);

CREATE TABLE sign_in (
  id           uuid        NOT NULL,
  person_id    uuid        NOT NULL,
  token_hash   bytea       NOT NULL,
  browser      text        NOT NULL,
  created_at   timestamptz NOT NULL,
  last_used_at timestamptz NOT NULL,
  expires_at   timestamptz NOT NULL,
  revoked_at   timestamptz,
  CONSTRAINT sign_in_pk PRIMARY KEY (id),
  CONSTRAINT sign_in_token_unique UNIQUE (token_hash),
  CONSTRAINT sign_in_person_fk FOREIGN KEY (person_id) REFERENCES person (id)
);
CREATE INDEX sign_in_person_idx ON sign_in (person_id);

-- One-time links that the operator is given on the console: the first owner's, and the demo's.
CREATE TABLE setup_link (
  token_hash bytea       NOT NULL,
  person_id  uuid,                       -- NULL: whoever opens it names the first owner
  expires_at timestamptz NOT NULL,
  spent_at   timestamptz,
  CONSTRAINT setup_link_pk PRIMARY KEY (token_hash),
  CONSTRAINT setup_link_person_fk FOREIGN KEY (person_id) REFERENCES person (id)
);

CREATE TABLE audit_entry (
  org_id   uuid        NOT NULL,
  id       uuid        NOT NULL,
  at       timestamptz NOT NULL,
  actor    text        NOT NULL,         -- "per_…", "reg_…", "system", "command line"
  action   text        NOT NULL,
  subject  text        NOT NULL,
  before   jsonb,
  after    jsonb,
  CONSTRAINT audit_entry_pk PRIMARY KEY (org_id, id)
);
CREATE INDEX audit_entry_subject_idx ON audit_entry (org_id, subject, id);

CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON audit_entry
  FOR EACH ROW EXECUTE FUNCTION append_only();

-- The first answer to each mutating request, so that a repeat gets the same one.
CREATE TABLE replay (
  scope        text        NOT NULL,     -- who asked and what: "per_… lanyard.catalog.v1.EventService/CreateEvent"
  request_id   text        NOT NULL,
  request_hash bytea       NOT NULL,     -- SHA-256 of the canonical request
  answer       bytea       NOT NULL,
  created_at   timestamptz NOT NULL,
  CONSTRAINT replay_pk PRIMARY KEY (scope, request_id)
);
CREATE INDEX replay_created_idx ON replay (created_at);

-- Facts, appended in the transaction that made them true and relayed to jobs afterwards.
CREATE TABLE fact (
  org_id     uuid        NOT NULL,
  id         uuid        NOT NULL,
  kind       text        NOT NULL,
  subject    uuid        NOT NULL,       -- what it is about, by kind
  detail     jsonb       NOT NULL,       -- ids and old values that the row does not keep; no personal data
  at         timestamptz NOT NULL,
  relayed_at timestamptz,
  CONSTRAINT fact_pk PRIMARY KEY (org_id, id)
);
CREATE INDEX fact_waiting_idx ON fact (at) WHERE relayed_at IS NULL;
