-- What the handler of the tests did: one row an event, not unique on purpose,
-- so that handling something twice shows.
CREATE TABLE handled (event_id text NOT NULL);
