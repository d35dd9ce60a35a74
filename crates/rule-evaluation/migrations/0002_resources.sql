-- Every document that was ever in force, from the rule set that brought it up to and
-- without the one that changed or dropped it. A rule set is what holds at its number, so
-- history grows by what changes, not by what there is.
CREATE TABLE resource_versions (
    kind text NOT NULL,
    name text NOT NULL,
    since bigint NOT NULL,
    until bigint CHECK (until > since),
    -- Digest of what the document says, whatever its layout.
    etag text NOT NULL,
    document text NOT NULL,
    PRIMARY KEY (kind, name, since)
);
CREATE UNIQUE INDEX resource_versions_in_force ON resource_versions (kind, name)
    WHERE until IS NULL;

-- Rule sets stored before hold their documents as one text.
ALTER TABLE rule_sets ALTER COLUMN resources DROP NOT NULL;
-- The rule set whose content was put in force again.
ALTER TABLE rule_sets ADD COLUMN restored bigint;

ALTER TABLE exceptions ADD COLUMN exempt_by text;
ALTER TABLE exceptions ADD COLUMN shadow boolean NOT NULL DEFAULT false;
