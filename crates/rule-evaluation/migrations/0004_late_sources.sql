-- How far a source's watermark may be behind the clock until the source is an exception, and
-- since when the source is known: until it states a watermark, lateness counts from then.
ALTER TABLE judged_sources ADD late_after_us bigint, ADD known_since timestamptz;
CREATE INDEX exceptions_of_late_sources ON exceptions (order_id) WHERE rule = 'source-late' AND state = 1;
