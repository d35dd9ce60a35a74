-- What keeps a state of a ticket, such as PagerDuty, pages nobody while an alarm is acknowledged
-- there: each round has an alarm of its own, named by the version of the ticket at which it began.
alter table delivery add column alarm bigint not null default 0;
