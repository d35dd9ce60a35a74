-- What every service keeps about events, in its own schema. Run at each start,
-- under a lock, before the service's own migrations; each statement may be repeated.

-- The truth behind what was published: append-only, a partition a day, dropped
-- beyond retention. (xid, id) is the order in which it is listed.
CREATE TABLE IF NOT EXISTS event_log (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    xid         bigint NOT NULL,
    event_id    text NOT NULL,
    subject     text NOT NULL,
    payload     bytea NOT NULL,
    traceparent text,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (xid, id, created_at)
) PARTITION BY RANGE (created_at);

-- Takes what falls outside the partitions made ahead, so that nothing is refused.
CREATE TABLE IF NOT EXISTS event_log_default PARTITION OF event_log DEFAULT;

-- What the relay has still to publish: slim, so that claiming is cheap.
CREATE TABLE IF NOT EXISTS event_pending (
    id         bigint PRIMARY KEY,
    xid        bigint NOT NULL,
    created_at timestamptz NOT NULL
) WITH (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_cost_delay = 0
);

-- What was handled: a row is written in the handler's own transaction, so that
-- twice is once. Rows behind the cursor of reconciliation are pruned.
CREATE TABLE IF NOT EXISTS inbox (
    upstream    text NOT NULL,
    xid         bigint NOT NULL,
    sequence    bigint NOT NULL,
    handled_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Sequence of the dead letter, when it was given up instead.
    dead_letter bigint,
    PRIMARY KEY (upstream, xid, sequence)
) WITH (autovacuum_vacuum_scale_factor = 0.05);

CREATE INDEX IF NOT EXISTS inbox_dead ON inbox (upstream) WHERE dead_letter IS NOT NULL;

-- Through where the events of an upstream are known to be handled.
CREATE TABLE IF NOT EXISTS reconciliation (
    upstream       text NOT NULL,
    subject_prefix text NOT NULL,
    xid            bigint NOT NULL,
    sequence       bigint NOT NULL,
    PRIMARY KEY (upstream, subject_prefix)
);
