-- What waits for a recipient, what may have arrived apart from the rest, by urgency, and of each
-- urgency what is due the longest first: claiming costs what is claimed, however much waits beside
-- it and however much of that is not due yet.
drop index delivery_waiting;

create index delivery_waiting on delivery
    (channel, recipient, num_nonnulls(known_as), urgency, next_attempt_at, id)
    where state in ('pending', 'retrying');
