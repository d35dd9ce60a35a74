-- Numbers of changes of connectors, so that each has its own event.
CREATE SEQUENCE connector_changes;

-- Connectors as they were applied.
CREATE TABLE connectors (
    name text PRIMARY KEY,
    yaml text NOT NULL,
    -- What the installation fills in, by name.
    parameters jsonb NOT NULL,
    -- SHA-256 of document and parameters, in hexadecimal.
    etag text NOT NULL,
    -- Number of the last change.
    version bigint NOT NULL,
    is_paused boolean NOT NULL DEFAULT false,
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL
);

-- What feeds the datasets of connectors, how far each is read, and how it goes.
CREATE TABLE feeds (
    connector text NOT NULL REFERENCES connectors ON DELETE CASCADE,
    dataset text NOT NULL,
    -- `poll`, `query` or `webhook`.
    kind text NOT NULL,
    -- Sources that it speaks for.
    sources text[] NOT NULL,
    due_at timestamptz NOT NULL,
    -- Who runs it, until when unless they say so again. The fence grows with every holder:
    -- whoever was overtaken writes nothing any more.
    holder uuid,
    fence bigint NOT NULL DEFAULT 0,
    lease_until timestamptz,
    -- The checkpoint.
    through timestamptz,
    number bigint,
    -- Through when everything was delivered when the last complete run ended.
    complete_through timestamptz,
    last_run_at timestamptz,
    last_success_at timestamptz,
    -- What keeps it from running or made the last run fail; empty when nothing does.
    error_code text NOT NULL DEFAULT '',
    error text NOT NULL DEFAULT '',
    error_at timestamptz,
    notice text NOT NULL DEFAULT '',
    failures integer NOT NULL DEFAULT 0,
    records bigint NOT NULL DEFAULT 0,
    facts bigint NOT NULL DEFAULT 0,
    quarantined bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (connector, dataset)
) WITH (fillfactor = 50);
CREATE INDEX feeds_by_due ON feeds (due_at);
CREATE INDEX feeds_by_source ON feeds USING gin (sources);
