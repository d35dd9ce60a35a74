-- How far a source's watermark may be behind the clock until the source is an exception.
ALTER TABLE sources ADD late_after_micros bigint;
