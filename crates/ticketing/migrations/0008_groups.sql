-- Tickets that belong together: those of one order (a case), and those of one cause (an incident).
create table ticket_groups (
    id uuid primary key,
    kind text not null check (kind in ('case', 'incident')),
    title text not null,
    -- What its members share; a dimension is named only when it was found by itself.
    scenario text not null default '',
    dimension text check (dimension in ('', 'warehouse', 'region', 'channel')),
    value text not null default '',
    order_id text not null default '',
    department text not null,
    assignee text not null,
    opened_at timestamptz not null,
    opened_by text not null,
    -- When a ticket last came to it.
    joined_at timestamptz not null,
    closed_at timestamptz,
    closed_by text not null default '',
    resolution text not null default '',
    version bigint not null default 1
);

create unique index ticket_groups_of_cause on ticket_groups (scenario, dimension, value)
    where closed_at is null and dimension is not null;
create unique index ticket_groups_of_order on ticket_groups (order_id)
    where closed_at is null and kind = 'case';
create index ticket_groups_newest on ticket_groups (opened_at desc, id desc);

-- A ticket is in one case and one incident at most.
create table ticket_group_members (
    ticket_id uuid not null references tickets (id),
    kind text not null,
    group_id uuid not null references ticket_groups (id),
    joined_at timestamptz not null,
    joined_by text not null,
    primary key (ticket_id, kind)
);

create index ticket_group_members_of_group on ticket_group_members (group_id, ticket_id);
create index tickets_of_scenario on tickets (scenario, opened_at);

-- Locked by the replica that looks for what belongs together.
create table ticket_gathering (
    looked_at timestamptz not null
);
insert into ticket_gathering values ('-infinity');
