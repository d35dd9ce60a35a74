-- Sources as they were declared, how far they are complete, and the head of each one's
-- journal. A row is locked by every transaction that journals for its source, so that
-- sequences have no gaps and follow the order of commits.
CREATE TABLE sources (
    name text PRIMARY KEY,
    system text NOT NULL,
    states_watermarks boolean NOT NULL,
    patience_micros bigint,
    watermark timestamptz,
    sequence bigint NOT NULL DEFAULT 0,
    facts bigint NOT NULL DEFAULT 0,
    last_fact_at timestamptz
) WITH (fillfactor = 50);

-- Version of the list of declared sources: grows with every change of it.
CREATE TABLE source_roster (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    version bigint NOT NULL
);
INSERT INTO source_roster (version) VALUES (0);

-- First sequence of each source on each day (UTC) of its journal, as long as the day's
-- partition of the event log is there.
CREATE TABLE journal_days (
    source text NOT NULL REFERENCES sources,
    day date NOT NULL,
    first_sequence bigint NOT NULL,
    PRIMARY KEY (source, day)
);

-- Batches that were accepted, so that twice is once. The origin is a source, or
-- `mapping/<name>` for imports.
CREATE TABLE accepted_batches (
    origin text NOT NULL,
    batch_id text NOT NULL,
    digest bytea NOT NULL,
    facts integer NOT NULL,
    accepted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (origin, batch_id)
);
CREATE INDEX accepted_batches_by_age ON accepted_batches USING brin (accepted_at);

-- Mappings that quarantined records were read with, each version once.
CREATE TABLE mapping_documents (
    digest bytea PRIMARY KEY,
    name text NOT NULL,
    yaml text NOT NULL
);

-- Records that could not be understood. `record` is an encoded
-- ingest.v1.ImportRecordsRequest of one record, or a fact.v1.Fact where it was pushed
-- (then there is no mapping). The id is made of origin, place and content.
CREATE TABLE quarantine (
    id uuid PRIMARY KEY,
    position bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    source text NOT NULL,
    mapping text NOT NULL,
    mapping_digest bytea REFERENCES mapping_documents,
    dataset text NOT NULL,
    line bigint NOT NULL,
    field text NOT NULL,
    error text NOT NULL,
    record bytea NOT NULL,
    sample text NOT NULL,
    quarantined_at timestamptz NOT NULL
);
CREATE INDEX quarantine_by_source ON quarantine (source, position);
CREATE INDEX quarantine_by_mapping ON quarantine (mapping, position);
