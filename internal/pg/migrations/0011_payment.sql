-- Money through Stripe: accounts, attempts, payments, refunds, disputes and tasks. No
-- foreign key leads to orders: money is kept whatever it names.

-- Whose Stripe account an organisation is paid into.
CREATE TABLE payment_account (
  org_id          uuid        NOT NULL,
  account         text        NOT NULL,            -- 'acct_…'; '' is the operator's own
  livemode        boolean     NOT NULL,
  simulated       boolean     NOT NULL,
  connected_at    timestamptz NOT NULL,
  disconnected_at timestamptz,                     -- Stripe refused us, or its owner ended the connection
  CONSTRAINT payment_account_pk PRIMARY KEY (org_id, livemode, simulated),
  CONSTRAINT payment_account_org_fk FOREIGN KEY (org_id) REFERENCES organisation (id),
  CONSTRAINT payment_account_unique UNIQUE (account, livemode, simulated),
  CONSTRAINT payment_account_shape CHECK (account = '' OR account ~ '^acct_[A-Za-z0-9_]{1,250}$'),
  CONSTRAINT payment_account_simulated CHECK (NOT (simulated AND livemode))
);

-- One try to pay: one Checkout Session.
CREATE TABLE payment_attempt (
  org_id            uuid        NOT NULL,
  id                uuid        NOT NULL,
  order_id          uuid        NOT NULL,
  state             text        NOT NULL,
  account           text        NOT NULL,
  livemode          boolean     NOT NULL,
  amount_minor      bigint      NOT NULL,
  currency          char(3)     NOT NULL,
  params            jsonb       NOT NULL,          -- the request, as it is sent again after a crash
  basis             bytea       NOT NULL,          -- hash of what the buyer sees: equal means the session can be used again
  session_id        text,
  session_url       text        NOT NULL DEFAULT '',
  intent_id         text,
  ending            text        NOT NULL DEFAULT '', -- we asked Stripe to end it: 'expired' or 'superseded'
  declined          text        NOT NULL DEFAULT '', -- code of the last refused card
  failure           text        NOT NULL DEFAULT '', -- why it was abandoned, for staff
  hold_until        timestamptz NOT NULL,          -- nobody may pay after that
  expires_at        timestamptz NOT NULL,          -- Stripe's end of the session
  expire_tries      int         NOT NULL DEFAULT 0,
  unreachable_since timestamptz,                   -- Stripe did not answer when it was to be ended
  next_look_at      timestamptz NOT NULL,          -- the poller's turn
  created_at        timestamptz NOT NULL,
  ended_at          timestamptz,
  CONSTRAINT payment_attempt_pk PRIMARY KEY (org_id, id),
  CONSTRAINT payment_attempt_org_fk FOREIGN KEY (org_id) REFERENCES organisation (id),
  CONSTRAINT payment_attempt_state_known CHECK (state IN ('creating', 'open', 'processing', 'succeeded', 'failed', 'expired', 'superseded', 'abandoned')),
  CONSTRAINT payment_attempt_ending_known CHECK (ending IN ('', 'expired', 'superseded')),
  CONSTRAINT payment_attempt_amount CHECK (amount_minor > 0),
  CONSTRAINT payment_attempt_session CHECK (session_id IS NOT NULL OR state IN ('creating', 'abandoned')),
  CONSTRAINT payment_attempt_ended CHECK ((ended_at IS NULL) = (state IN ('creating', 'open', 'processing')))
);
-- One try at a time.
CREATE UNIQUE INDEX payment_attempt_live_unique ON payment_attempt (org_id, order_id) WHERE state IN ('creating', 'open', 'processing');
CREATE UNIQUE INDEX payment_attempt_session_unique ON payment_attempt (account, livemode, session_id);
CREATE INDEX payment_attempt_intent_idx ON payment_attempt (account, livemode, intent_id);
CREATE INDEX payment_attempt_order_idx ON payment_attempt (org_id, order_id, created_at);
CREATE INDEX payment_attempt_look_idx ON payment_attempt (next_look_at) WHERE state IN ('creating', 'open', 'processing');

-- Money that was captured: one charge that succeeded.
CREATE TABLE payment (
  org_id       uuid        NOT NULL,
  id           uuid        NOT NULL,
  order_id     uuid,                               -- NULL: names no order
  attempt_id   uuid,
  account      text        NOT NULL,
  livemode     boolean     NOT NULL,
  session_id   text        NOT NULL,
  intent_id    text        NOT NULL,
  charge_id    text        NOT NULL,
  amount_minor bigint      NOT NULL,
  currency     char(3)     NOT NULL,
  method       text        NOT NULL,
  detail       text        NOT NULL,               -- 'Visa 4242'
  fits         boolean     NOT NULL,               -- it was what the attempt asked for
  captured_at  timestamptz NOT NULL,
  created_at   timestamptz NOT NULL,
  CONSTRAINT payment_pk PRIMARY KEY (org_id, id),
  CONSTRAINT payment_org_fk FOREIGN KEY (org_id) REFERENCES organisation (id),
  CONSTRAINT payment_attempt_fk FOREIGN KEY (org_id, attempt_id) REFERENCES payment_attempt (org_id, id),
  CONSTRAINT payment_charge_unique UNIQUE (account, livemode, charge_id),
  CONSTRAINT payment_amount CHECK (amount_minor > 0)
);
CREATE INDEX payment_order_idx ON payment (org_id, order_id, captured_at);
CREATE INDEX payment_captured_idx ON payment (org_id, captured_at, id);

CREATE TABLE payment_refund (
  org_id         uuid        NOT NULL,
  id             uuid        NOT NULL,
  payment_id     uuid        NOT NULL,
  order_id       uuid,
  amount_minor   bigint      NOT NULL,
  currency       char(3)     NOT NULL,
  state          text        NOT NULL,
  source         text        NOT NULL,
  reason         text        NOT NULL,
  source_key     text        NOT NULL,
  actor          text        NOT NULL,
  account        text        NOT NULL,
  livemode       boolean     NOT NULL,
  charge_id      text        NOT NULL,
  refund_id      text,                             -- 're_…'
  blocked        text        NOT NULL DEFAULT '',  -- in words, why it is not sent yet
  failure        text        NOT NULL DEFAULT '',
  requested_at   timestamptz NOT NULL,
  submitted_at   timestamptz,                      -- the first time it was sent
  stripe_at      timestamptz,                      -- when Stripe made it
  settled_at     timestamptz,
  next_look_at   timestamptz NOT NULL,
  CONSTRAINT payment_refund_pk PRIMARY KEY (org_id, id),
  CONSTRAINT payment_refund_payment_fk FOREIGN KEY (org_id, payment_id) REFERENCES payment (org_id, id),
  CONSTRAINT payment_refund_source_unique UNIQUE (org_id, source_key),
  CONSTRAINT payment_refund_state_known CHECK (state IN ('requested', 'submitting', 'pending', 'requires_action', 'succeeded', 'failed', 'canceled')),
  CONSTRAINT payment_refund_source_known CHECK (source IN ('staff', 'self_service', 'event_cancelled', 'late_money', 'overpaid', 'dashboard')),
  CONSTRAINT payment_refund_at_stripe CHECK (refund_id IS NOT NULL OR state IN ('requested', 'submitting', 'failed', 'canceled')),
  CONSTRAINT payment_refund_amount CHECK (amount_minor > 0)
);
CREATE UNIQUE INDEX payment_refund_stripe_unique ON payment_refund (account, livemode, refund_id);
CREATE INDEX payment_refund_payment_idx ON payment_refund (org_id, payment_id, requested_at);
CREATE INDEX payment_refund_order_idx ON payment_refund (org_id, order_id, requested_at);
CREATE INDEX payment_refund_look_idx ON payment_refund (next_look_at) WHERE state IN ('requested', 'submitting', 'pending', 'requires_action');

CREATE TABLE payment_dispute (
  org_id       uuid        NOT NULL,
  id           uuid        NOT NULL,
  payment_id   uuid        NOT NULL,
  order_id     uuid,
  account      text        NOT NULL,
  livemode     boolean     NOT NULL,
  dispute_id   text        NOT NULL,
  charge_id    text        NOT NULL,
  amount_minor bigint      NOT NULL,
  currency     char(3)     NOT NULL,
  status       text        NOT NULL,               -- Stripe's word, known or not
  reason       text        NOT NULL,
  inquiry      boolean     NOT NULL,
  refundable   boolean     NOT NULL,
  opened_at    timestamptz NOT NULL,
  due_by       timestamptz,
  closed_at    timestamptz,
  CONSTRAINT payment_dispute_pk PRIMARY KEY (org_id, id),
  CONSTRAINT payment_dispute_payment_fk FOREIGN KEY (org_id, payment_id) REFERENCES payment (org_id, id),
  CONSTRAINT payment_dispute_stripe_unique UNIQUE (account, livemode, dispute_id),
  CONSTRAINT payment_dispute_amount CHECK (amount_minor >= 0)
);
CREATE INDEX payment_dispute_payment_idx ON payment_dispute (org_id, payment_id);
CREATE INDEX payment_dispute_order_idx ON payment_dispute (org_id, order_id);
CREATE INDEX payment_dispute_opened_idx ON payment_dispute (org_id, opened_at, id);

-- What people have to look at. org_id is the platform's where the money names nobody, so
-- no foreign key leads to organisation.
CREATE TABLE payment_task (
  org_id       uuid        NOT NULL,
  key          text        NOT NULL,               -- kind and what it is about, such as 'late_money:pay_…'
  kind         text        NOT NULL,
  order_id     uuid,
  payment_id   uuid,
  refund_id    uuid,
  dispute_id   uuid,
  amount_minor bigint,
  currency     char(3),
  sentence     text        NOT NULL,
  due_at       timestamptz,
  act_at       timestamptz,                        -- when the program acts by itself if nobody has
  opened_at    timestamptz NOT NULL,
  resolved_at  timestamptz,
  resolved_by  text        NOT NULL DEFAULT '',
  resolution   text        NOT NULL DEFAULT '',
  note         text        NOT NULL DEFAULT '',
  CONSTRAINT payment_task_pk PRIMARY KEY (org_id, key),
  CONSTRAINT payment_task_kind_known CHECK (kind IN ('late_money', 'overpaid', 'underpaid', 'wrong_currency', 'wrong_account', 'unknown_object',
    'dispute', 'early_fraud_warning', 'refund_failed', 'refund_over', 'refund_uncredited', 'invoice_overdue', 'stripe_unreachable')),
  CONSTRAINT payment_task_amount CHECK ((amount_minor IS NULL) = (currency IS NULL)),
  CONSTRAINT payment_task_resolved CHECK ((resolved_at IS NULL) = (resolution = ''))
);
CREATE INDEX payment_task_open_idx ON payment_task (org_id, due_at, key) WHERE resolved_at IS NULL;
CREATE INDEX payment_task_order_idx ON payment_task (org_id, order_id);
CREATE INDEX payment_task_act_idx ON payment_task (act_at) WHERE resolved_at IS NULL AND act_at IS NOT NULL;

-- An attempt's money and place never change. An ended attempt may still turn out to have
-- been paid; a paid one stays so. Of an ended one the buyer's address can be erased.
CREATE FUNCTION payment_attempt_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.org_id, NEW.id, NEW.order_id, NEW.account, NEW.livemode, NEW.amount_minor, NEW.currency, NEW.created_at)
     IS DISTINCT FROM
     (OLD.org_id, OLD.id, OLD.order_id, OLD.account, OLD.livemode, OLD.amount_minor, OLD.currency, OLD.created_at)
     OR NEW.params <> OLD.params
        AND (OLD.state IN ('creating', 'open', 'processing') OR NEW.params <> OLD.params - 'email') THEN
    RAISE EXCEPTION 'an attempt keeps what it asks for' USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_attempt_fixed';
  END IF;
  IF OLD.session_id IS NOT NULL AND NEW.session_id IS DISTINCT FROM OLD.session_id THEN
    RAISE EXCEPTION 'an attempt keeps its session' USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_attempt_fixed';
  END IF;
  IF NEW.state IS DISTINCT FROM OLD.state AND NOT (
       (OLD.state = 'creating' AND NEW.state <> 'creating')
    OR (OLD.state = 'open' AND NEW.state IN ('processing', 'succeeded', 'failed', 'expired', 'superseded'))
    OR (OLD.state = 'processing' AND NEW.state IN ('succeeded', 'failed'))
    OR (OLD.state IN ('failed', 'expired', 'superseded', 'abandoned') AND NEW.state = 'succeeded')
    OR (OLD.state = 'abandoned' AND NEW.state IN ('expired', 'superseded', 'failed'))) THEN
    RAISE EXCEPTION 'an attempt does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_attempt_moves';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER payment_attempt_guard BEFORE UPDATE ON payment_attempt FOR EACH ROW EXECUTE FUNCTION payment_attempt_guard();

-- Captured money never changes.
CREATE FUNCTION payment_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'captured money does not change' USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_fixed';
END $$;
CREATE TRIGGER payment_guard BEFORE UPDATE ON payment FOR EACH ROW EXECUTE FUNCTION payment_guard();

-- What is given back of a payment never exceeds it, whoever asks at the same time. What was
-- made at Stripe's dashboard is a fact and not a wish: it is kept, and looked at by people.
CREATE FUNCTION payment_refund_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  captured bigint;
  unit     char(3);
  others   bigint;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF (NEW.org_id, NEW.id, NEW.payment_id, NEW.order_id, NEW.amount_minor, NEW.currency, NEW.source, NEW.source_key, NEW.account, NEW.livemode, NEW.charge_id)
       IS DISTINCT FROM
       (OLD.org_id, OLD.id, OLD.payment_id, OLD.order_id, OLD.amount_minor, OLD.currency, OLD.source, OLD.source_key, OLD.account, OLD.livemode, OLD.charge_id)
       OR (OLD.refund_id IS NOT NULL AND NEW.refund_id IS DISTINCT FROM OLD.refund_id) THEN
      RAISE EXCEPTION 'a refund keeps what it is' USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_refund_fixed';
    END IF;
    IF NEW.state IS DISTINCT FROM OLD.state AND NOT (
         (OLD.state = 'requested' AND NEW.state <> 'requested')
      OR (OLD.state = 'submitting' AND NEW.state <> 'requested')
      OR (OLD.state = 'pending' AND NEW.state IN ('requires_action', 'succeeded', 'failed', 'canceled'))
      OR (OLD.state = 'requires_action' AND NEW.state IN ('pending', 'succeeded', 'failed', 'canceled'))
      OR (OLD.state = 'succeeded' AND NEW.state IN ('failed', 'canceled'))) THEN
      RAISE EXCEPTION 'a refund does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_refund_moves';
    END IF;
    RETURN NEW;
  END IF;
  SELECT amount_minor, currency INTO captured, unit FROM payment WHERE org_id = NEW.org_id AND id = NEW.payment_id FOR UPDATE;
  IF NEW.source = 'dashboard' THEN
    RETURN NEW;
  END IF;
  SELECT COALESCE(sum(amount_minor), 0) INTO others
    FROM payment_refund
   WHERE org_id = NEW.org_id AND payment_id = NEW.payment_id AND state NOT IN ('failed', 'canceled');
  IF unit IS DISTINCT FROM NEW.currency OR others + NEW.amount_minor > captured THEN
    RAISE EXCEPTION 'more would be refunded than was captured' USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_refund_covered';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER payment_refund_guard BEFORE INSERT OR UPDATE ON payment_refund FOR EACH ROW EXECUTE FUNCTION payment_refund_guard();

-- Nothing about money is deleted.
CREATE FUNCTION payment_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are never deleted', TG_TABLE_NAME USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_kept';
END $$;
CREATE TRIGGER payment_attempt_kept BEFORE DELETE OR TRUNCATE ON payment_attempt FOR EACH STATEMENT EXECUTE FUNCTION payment_kept();
CREATE TRIGGER payment_kept BEFORE DELETE OR TRUNCATE ON payment FOR EACH STATEMENT EXECUTE FUNCTION payment_kept();
CREATE TRIGGER payment_refund_kept BEFORE DELETE OR TRUNCATE ON payment_refund FOR EACH STATEMENT EXECUTE FUNCTION payment_kept();
CREATE TRIGGER payment_dispute_kept BEFORE DELETE OR TRUNCATE ON payment_dispute FOR EACH STATEMENT EXECUTE FUNCTION payment_kept();
CREATE TRIGGER payment_task_kept BEFORE DELETE OR TRUNCATE ON payment_task FOR EACH STATEMENT EXECUTE FUNCTION payment_kept();
