-- The journal as an archive. Order of arrival is (created_at, id): a source's batches are
-- written under the lock of its row, so it is also the order of their sequences.
CREATE INDEX event_log_by_arrival ON event_log (created_at, id)
    WHERE starts_with(subject, 'orderwatch.facts.');

-- What was journalled lately, by order and shared entity: one row for each transaction of
-- the journal, written with it. `keys[n]` is the hash of an entity that the journal row
-- `journal_ids[n]` speaks of. Rows are taken away when they are sealed into a segment.
CREATE TABLE fact_tail (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    journalled_at timestamptz NOT NULL,
    entries integer NOT NULL,
    keys integer[] NOT NULL,
    journal_ids bigint[] NOT NULL
) WITH (
    toast_tuple_target = 8160,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_cost_delay = 0
);
-- Hashes cannot be compressed.
ALTER TABLE fact_tail ALTER keys SET STORAGE EXTERNAL, ALTER journal_ids SET STORAGE EXTERNAL;

-- A sealed part of one day (UTC), cut into leaves by the range of the hash; forgotten when
-- retention has dropped the day's rows.
CREATE TABLE fact_segments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    day date NOT NULL,
    -- What the leaves count from.
    first_at timestamptz NOT NULL,
    first_id bigint NOT NULL,
    leaves integer NOT NULL,
    entries integer NOT NULL
);
CREATE INDEX fact_segments_by_day ON fact_segments (day);

-- Sorted pairs of hash and place, packed.
CREATE TABLE fact_leaves (
    segment bigint NOT NULL REFERENCES fact_segments ON DELETE CASCADE,
    leaf integer NOT NULL,
    entries bytea NOT NULL,
    PRIMARY KEY (segment, leaf)
) WITH (toast_tuple_target = 8160);
ALTER TABLE fact_leaves ALTER entries SET STORAGE EXTERNAL;

-- Days on which facts were, or may yet be, journalled by a version that writes no index. They
-- are indexed while the service runs, and taken off the list once they are over.
CREATE TABLE unindexed_days (
    day date PRIMARY KEY,
    -- When it was indexed for the time being.
    indexed_at timestamptz
);
INSERT INTO unindexed_days (day)
SELECT DISTINCT (created_at AT TIME ZONE 'UTC')::date FROM event_log
WHERE starts_with(subject, 'orderwatch.facts.')
UNION
SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date + ahead
FROM generate_series(0, 1) AS ahead
WHERE EXISTS (SELECT FROM event_log);
