-- Everything known about an order and everything said about it, as one value: what
-- is judged together is read and written together. Hash partitions keep indexes
-- small and let several writers extend the table at once; the fill factor leaves
-- room for the next version of a row beside it (HOT), since no index covers what
-- changes.
CREATE TABLE order_states (
    order_id text NOT NULL,
    version bigint NOT NULL,
    state bytea NOT NULL,
    PRIMARY KEY (order_id)
) PARTITION BY HASH (order_id);

DO $$
BEGIN
    FOR part IN 0..7 LOOP
        EXECUTE format(
            'CREATE TABLE order_states_%s PARTITION OF order_states '
            'FOR VALUES WITH (MODULUS 8, REMAINDER %s) '
            'WITH (fillfactor = 60, toast_tuple_target = 8160)', part, part);
        -- A state of a few KiB stays in its row as it is: compressing it costs time, and
        -- moving it out of the row costs three writes more.
        EXECUTE format('ALTER TABLE order_states_%s ALTER COLUMN state SET STORAGE EXTERNAL', part);
    END LOOP;
END $$;

-- The next instant at which a verdict on an order can change, for each set of
-- systems that a rule of it waits for. Slim, because it is scanned by time.
CREATE TABLE order_timers (
    order_id text NOT NULL,
    gate smallint NOT NULL,
    due_at timestamptz NOT NULL,
    PRIMARY KEY (order_id, gate)
);
CREATE INDEX order_timers_due ON order_timers (gate, due_at);

-- Orders to judge again for another reason than a fact of their own or the time:
-- a shared entity changed, or the rules did.
CREATE TABLE rejudgements (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id text NOT NULL
);

-- Customers and stock: many orders share them.
CREATE TABLE shared_entities (
    kind smallint NOT NULL,
    entity_id text NOT NULL,
    facts bytea NOT NULL DEFAULT '',
    PRIMARY KEY (kind, entity_id)
);
CREATE TABLE order_links (
    kind smallint NOT NULL,
    entity_id text NOT NULL,
    order_id text NOT NULL,
    PRIMARY KEY (kind, entity_id, order_id)
);

-- What every source promised, how far its journal has been judged without a gap,
-- and how far it is complete.
CREATE TABLE judged_sources (
    source text PRIMARY KEY,
    system text,
    states_watermarks boolean NOT NULL DEFAULT false,
    patience_us bigint,
    declared boolean NOT NULL DEFAULT false,
    frontier bigint NOT NULL DEFAULT 0,
    watermark timestamptz
);
CREATE TABLE source_roster (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    version bigint NOT NULL
);
INSERT INTO source_roster (version) VALUES (0);

-- Batches judged beyond a source's frontier, until the gap before them closes.
CREATE TABLE source_batches (
    source text NOT NULL,
    sequence bigint NOT NULL,
    watermark timestamptz,
    PRIMARY KEY (source, sequence)
);

-- Rule sets are never changed, only followed by others.
CREATE TABLE rule_sets (
    number bigint PRIMARY KEY,
    digest text NOT NULL,
    resources text NOT NULL,
    rules integer NOT NULL,
    actor text NOT NULL,
    reason text NOT NULL,
    activated_at timestamptz NOT NULL
);
-- The number in force. Every judgement holds it in share, so a change waits for the
-- judgements under way and none is made under the old number after it.
CREATE TABLE active_rule_set (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    number bigint NOT NULL
);
INSERT INTO active_rule_set (number) VALUES (0);

-- Exceptions as people list them; the truth of an order's own is in its state.
CREATE TABLE exceptions (
    id uuid PRIMARY KEY,
    order_id text NOT NULL,
    rule text NOT NULL,
    scenario text NOT NULL,
    severity text NOT NULL,
    state smallint NOT NULL,
    opened_at timestamptz NOT NULL,
    cleared_at timestamptz,
    detected_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    unconfirmed boolean NOT NULL,
    late_sources text[] NOT NULL,
    retroactive boolean NOT NULL,
    rule_set bigint NOT NULL,
    version bigint NOT NULL,
    summary bytea NOT NULL
);
CREATE INDEX exceptions_order ON exceptions (order_id);
CREATE INDEX exceptions_rule ON exceptions (rule, id);
