-- Records are grouped by why they are here. The reason is the error without what the record holds;
-- of records that were kept before, it is what stands outside of quotation marks.
ALTER TABLE quarantine ADD COLUMN reason text NOT NULL DEFAULT '';
UPDATE quarantine SET reason = regexp_replace(error, '"([^"\\]|\\.)*"', '…', 'g');
ALTER TABLE quarantine ALTER reason DROP DEFAULT;

-- A group is known by its id: all that its records have in common.
ALTER TABLE quarantine ADD COLUMN cause uuid NOT NULL GENERATED ALWAYS AS (
    md5(mapping || chr(31) || dataset || chr(31) || source || chr(31) || field || chr(31) || reason)::uuid
) STORED;
CREATE INDEX quarantine_by_cause ON quarantine (cause, position);
