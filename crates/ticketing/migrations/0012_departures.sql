-- Tickets that somebody took out of a group: they do not come back to it by themselves.
create table ticket_group_departures (
    group_id  uuid not null references ticket_groups (id),
    ticket_id uuid not null references tickets (id),
    primary key (group_id, ticket_id)
);
