-- Events, their sessions and addresses.

CREATE TABLE event (
  org_id                    uuid        NOT NULL,
  id                        uuid        NOT NULL,
  slug                      text        NOT NULL,
  title                     text        NOT NULL,
  summary                   text        NOT NULL DEFAULT '',
  description               text        NOT NULL DEFAULT '', -- Markdown
  mode                      text        NOT NULL,
  venue                     text        NOT NULL DEFAULT '',
  address                   text        NOT NULL DEFAULT '',
  city                      text        NOT NULL DEFAULT '',
  country                   text        NOT NULL DEFAULT '',
  join_address              text        NOT NULL DEFAULT '',
  join_opens_minutes        int         NOT NULL DEFAULT 15,
  topic                     text        NOT NULL DEFAULT '',
  languages                 text        NOT NULL DEFAULT '',
  website                   text        NOT NULL DEFAULT '',
  code_of_conduct_url       text        NOT NULL DEFAULT '',
  call_url                  text        NOT NULL DEFAULT '',
  call_closes_on            date,
  good_to_know              text        NOT NULL DEFAULT '',
  visibility                text        NOT NULL,
  registration_mode         text        NOT NULL,
  registration_closes_local timestamp,                 -- NULL: by rule (house of catalog)
  registration_closes_at    timestamptz NOT NULL,      -- always resolved
  state                     text        NOT NULL,
  state_reason              text        NOT NULL DEFAULT '',
  timezone                  text        NOT NULL,
  all_day                   boolean     NOT NULL,
  starts_local              timestamp   NOT NULL,      -- the truth; first session's start
  ends_local                timestamp   NOT NULL,      -- last session's end; exclusive midnight when all_day
  starts_at                 timestamptz NOT NULL,      -- derived from starts_local and timezone
  ends_at                   timestamptz NOT NULL,
  external_id               text,
  search                    text        NOT NULL,      -- folded words of title, summary, topic, place, organisation
  words                     tsvector    GENERATED ALWAYS AS (to_tsvector('simple', search)) STORED,
  version                   bigint      NOT NULL DEFAULT 1,
  created_at                timestamptz NOT NULL,
  published_at              timestamptz,
  CONSTRAINT event_pk PRIMARY KEY (org_id, id),
  CONSTRAINT event_org_fk FOREIGN KEY (org_id) REFERENCES organisation (id),
  CONSTRAINT event_external_unique UNIQUE (org_id, external_id),
  CONSTRAINT event_mode_known CHECK (mode IN ('online', 'in_person', 'hybrid')),
  CONSTRAINT event_state_known CHECK (state IN ('draft', 'published', 'sales_closed', 'postponed', 'cancelled', 'archived')),
  CONSTRAINT event_visibility_known CHECK (visibility IN ('public', 'unlisted')),
  CONSTRAINT event_registration_known CHECK (registration_mode IN ('open', 'approval', 'external')),
  CONSTRAINT event_order CHECK (ends_at > starts_at AND ends_local > starts_local),
  CONSTRAINT event_opens_range CHECK (join_opens_minutes BETWEEN 0 AND 1440)
);
-- ends_at stands last so that what is over is passed by inside the index.
CREATE INDEX event_programme_idx ON event (starts_at, id, ends_at)
  WHERE state IN ('published', 'sales_closed', 'cancelled') AND visibility = 'public';
CREATE INDEX event_org_start_idx ON event (org_id, starts_at, id, ends_at);
CREATE INDEX event_ends_idx ON event (ends_at);
CREATE INDEX event_words_idx ON event USING gin (words);

-- Every address an event ever had, so that old links redirect.
CREATE TABLE event_slug (
  org_id   uuid NOT NULL,
  slug     text NOT NULL,
  event_id uuid NOT NULL,
  CONSTRAINT event_slug_pk PRIMARY KEY (org_id, slug),
  CONSTRAINT event_slug_event_fk FOREIGN KEY (org_id, event_id) REFERENCES event (org_id, id),
  CONSTRAINT event_slug_shape CHECK (slug ~ '^[a-z0-9](?:[a-z0-9-]{0,98}[a-z0-9])?$')
);

CREATE TABLE session (
  org_id        uuid        NOT NULL,
  id            uuid        NOT NULL,
  event_id      uuid        NOT NULL,
  title         text        NOT NULL DEFAULT '',
  place         text        NOT NULL DEFAULT '',
  join_address  text        NOT NULL DEFAULT '',
  timezone      text        NOT NULL,
  all_day       boolean     NOT NULL,
  starts_local  timestamp   NOT NULL,
  ends_local    timestamp   NOT NULL,                  -- exclusive midnight when all_day
  starts_second boolean     NOT NULL DEFAULT false,    -- the second of a repeated hour
  ends_second   boolean     NOT NULL DEFAULT false,
  starts_at     timestamptz NOT NULL,
  ends_at       timestamptz NOT NULL,
  cancelled_at  timestamptz,
  version       bigint      NOT NULL DEFAULT 1,
  CONSTRAINT session_pk PRIMARY KEY (org_id, id),
  CONSTRAINT session_event_fk FOREIGN KEY (org_id, event_id) REFERENCES event (org_id, id),
  CONSTRAINT session_order CHECK (ends_at > starts_at AND ends_local > starts_local)
);
CREATE INDEX session_event_idx ON session (org_id, event_id, starts_at, id);
CREATE INDEX session_start_idx ON session (starts_at) WHERE cancelled_at IS NULL;
