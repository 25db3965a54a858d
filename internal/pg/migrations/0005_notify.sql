-- Mails, calendar entries, and where mail must not go.

CREATE TABLE message (
  org_id          uuid        NOT NULL,
  id              uuid        NOT NULL,
  dedupe_key      text        NOT NULL,  -- kind, subject and version: one mail each, for ever
  kind            text        NOT NULL,
  registration_id uuid,
  order_id        uuid,                  -- of mails to a buyer
  recipient       text        NOT NULL,
  subject         text        NOT NULL,
  message_id      text        NOT NULL,  -- RFC 5322, without the angle brackets
  raw             bytea       NOT NULL,  -- the signed bytes; every try sends exactly these
  urgency         text        NOT NULL,
  state           text        NOT NULL,
  attempts        int         NOT NULL DEFAULT 0,
  last_error      text        NOT NULL DEFAULT '',
  not_after       timestamptz,           -- later it is of no use
  locked_until    timestamptz,           -- a worker is sending it
  created_at      timestamptz NOT NULL,
  sent_at         timestamptz,
  bounce          text,                  -- what came back about it
  bounced_at      timestamptz,
  CONSTRAINT message_pk PRIMARY KEY (org_id, id),
  CONSTRAINT message_dedupe_unique UNIQUE (org_id, dedupe_key),
  CONSTRAINT message_state_known CHECK (state IN ('waiting', 'sent', 'bounced', 'failed', 'skipped')),
  CONSTRAINT message_bounce_known CHECK (bounce IN ('hard', 'soft', 'refused', 'complaint')),
  CONSTRAINT message_bounce_dated CHECK ((bounce IS NULL) = (bounced_at IS NULL)),
  CONSTRAINT message_urgency_known CHECK (urgency IN ('urgent', 'normal', 'bulk'))
);
CREATE INDEX message_created_idx ON message (created_at, id);
CREATE UNIQUE INDEX message_id_unique ON message (id);  -- bounces name a message and no organisation
CREATE INDEX message_strikes_idx ON message (org_id, lower(recipient), bounced_at) WHERE bounce = 'soft';
CREATE INDEX message_registration_idx ON message (org_id, registration_id, created_at);
CREATE INDEX message_order_idx ON message (org_id, order_id, created_at) WHERE order_id IS NOT NULL;

-- One person's calendar entry for one session. It ends with CANCEL and never comes back;
-- whoever registers again gets a new one.
CREATE TABLE calendar_invite (
  org_id          uuid        NOT NULL,
  id              uuid        NOT NULL,
  registration_id uuid        NOT NULL,
  session_id      uuid        NOT NULL,
  method          text        NOT NULL,
  sequence        int         NOT NULL,
  version         jsonb       NOT NULL,  -- the last version that was made, whole: calendar.Invite
  created_at      timestamptz NOT NULL,
  CONSTRAINT calendar_invite_pk PRIMARY KEY (org_id, id),
  CONSTRAINT calendar_invite_method_known CHECK (method IN ('REQUEST', 'CANCEL')),
  CONSTRAINT calendar_invite_sequence CHECK (sequence >= 0)
);
CREATE UNIQUE INDEX calendar_invite_live_unique ON calendar_invite (org_id, registration_id, session_id)
  WHERE method = 'REQUEST';

-- Addresses that mail cannot reach, and reminders that people do not want.
CREATE TABLE suppression (
  org_id     uuid        NOT NULL,
  email      text        NOT NULL,
  scope      text        NOT NULL,
  reason     text        NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT suppression_pk PRIMARY KEY (org_id, email, scope),
  CONSTRAINT suppression_scope_known CHECK (scope IN ('all', 'reminders'))
);
