-- Levels may be told only once there are more than so many tickets in a group.
alter table escalation
    -- Stages that were passed over in this round because the group was small.
    add column waiting           integer[]   not null default '{}',
    -- When it comes back by the word of whoever acknowledged it, and the version at which they said
    -- so; null where the policy's `comeBack` counts.
    add column own_return_version bigint     not null default 0,
    add column own_return_at     timestamptz;

-- Unresolved tickets of groups whose size some level asks for.
create table crowd_member (
    group_id     uuid    not null,
    ticket_id    text    not null,
    acknowledged boolean not null,
    primary key (group_id, ticket_id)
);

create index crowd_member_ticket on crowd_member (ticket_id);

-- Tickets with levels that wait until there are more than so many in a group: of all that are not
-- resolved, or of those that nobody has acknowledged.
create table crowd_wait (
    group_id   uuid    not null,
    ticket_id  text    not null,
    over       bigint  not null,
    unresolved boolean not null,
    primary key (group_id, ticket_id, over, unresolved)
);

create index crowd_wait_ticket on crowd_wait (ticket_id);
