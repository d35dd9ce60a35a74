-- Id of the key that the personal data of a version is sealed with; null when the version is of
-- before there were keys, and may hold personal data in clear.
alter table policy_set add column sealed_with text;
