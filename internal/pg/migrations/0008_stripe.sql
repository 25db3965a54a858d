-- What was heard of Stripe's events and seen of its objects.

-- The last version of each of Stripe's objects that was applied: whoever fetched before
-- somebody else applied has to fetch again.
CREATE TABLE stripe_object (
  account    text        NOT NULL,
  livemode   boolean     NOT NULL,
  id         text        NOT NULL,
  kind       text        NOT NULL,                 -- session, charge, dispute
  org_id     uuid,                                 -- NULL: not one of ours
  status     text        NOT NULL,
  version    bigint      NOT NULL,
  fetched_at timestamptz NOT NULL,
  CONSTRAINT stripe_object_pk PRIMARY KEY (account, livemode, id)
);

-- Events that were heard, stored before Stripe is told so. Only ids and types: the objects
-- are fetched.
CREATE TABLE stripe_event (
  account     text        NOT NULL,
  event_id    text        NOT NULL,
  livemode    boolean     NOT NULL,
  type        text        NOT NULL,
  object_id   text        NOT NULL,
  version     text        NOT NULL,
  happened_at timestamptz,
  heard_at    timestamptz NOT NULL,
  heard_by    text        NOT NULL,                -- webhook or poll
  state       text        NOT NULL,
  applied_at  timestamptz,
  tries       int         NOT NULL DEFAULT 0,
  failure     text        NOT NULL DEFAULT '',
  CONSTRAINT stripe_event_pk PRIMARY KEY (account, event_id),
  CONSTRAINT stripe_event_state_known CHECK (state IN ('waiting', 'applied', 'ignored', 'refused')),
  CONSTRAINT stripe_event_heard_by_known CHECK (heard_by IN ('webhook', 'poll'))
);
CREATE INDEX stripe_event_waiting_idx ON stripe_event (heard_at) WHERE state = 'waiting';
CREATE INDEX stripe_event_heard_idx ON stripe_event (heard_at);
