-- What people say of exceptions, and of orders in which a rule missed something (then
-- without an exception). Nothing is ever changed but whether it is the latest word of
-- its author on its subject; the latest is what counts.
CREATE TABLE marks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    exception_id uuid,
    order_id text NOT NULL,
    rule text NOT NULL,
    scenario text NOT NULL,
    verdict smallint NOT NULL CHECK (verdict BETWEEN 1 AND 3),
    actor text NOT NULL,
    reason text NOT NULL,
    marked_at timestamptz NOT NULL,
    is_latest boolean NOT NULL DEFAULT true
);
CREATE UNIQUE INDEX marks_latest ON marks (exception_id, order_id, rule, scenario, actor)
    NULLS NOT DISTINCT WHERE is_latest;
CREATE INDEX marks_order ON marks (order_id);

-- Labelled orders that rule sets are held against, with what was known of them when
-- they were stored: neither retention nor later facts change what they prove.
CREATE TABLE samples (
    name text PRIMARY KEY,
    actor text NOT NULL,
    reason text NOT NULL,
    stored_at timestamptz NOT NULL,
    orders integer NOT NULL,
    labels integer NOT NULL
);
CREATE TABLE sample_orders (
    sample text NOT NULL REFERENCES samples ON DELETE CASCADE,
    order_id text NOT NULL,
    facts bytea NOT NULL,
    PRIMARY KEY (sample, order_id)
);
CREATE TABLE sample_labels (
    sample text NOT NULL,
    order_id text NOT NULL,
    rule text NOT NULL,
    scenario text NOT NULL,
    is_exception boolean NOT NULL,
    note text NOT NULL,
    PRIMARY KEY (sample, order_id, rule, scenario),
    FOREIGN KEY (sample, order_id) REFERENCES sample_orders ON DELETE CASCADE
);
