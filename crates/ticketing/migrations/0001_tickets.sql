-- Procedures. A version never changes; the newest of a name is in force.
create table sops (
    name text not null,
    version integer not null check (version > 0),
    scenarios text[] not null,
    steps jsonb not null,
    applied_at timestamptz not null,
    applied_by text not null,
    reason text not null,
    primary key (name, version)
);

-- One ticket an exception: the id is a function of the exception's id.
create table tickets (
    id uuid primary key,
    exception_id uuid not null,
    exception_version bigint not null,
    exception_standing text not null check (exception_standing in ('open', 'cleared', 'retracted')),
    exception_opened_at timestamptz not null,
    exception_cleared_at timestamptz,
    unconfirmed boolean not null,
    rule text not null,
    scenario text not null,
    severity text not null,
    order_id text not null,
    order_summary jsonb not null,
    sop text not null,
    sop_version integer not null,
    steps jsonb not null,
    current_step integer not null,
    state text not null check (state in ('open', 'acknowledged', 'resolved')),
    -- Who answers, or answered last: the last holder in the ledger.
    department text not null,
    assignee text not null,
    opened_at timestamptz not null,
    due_at timestamptz,
    acknowledged_at timestamptz,
    acknowledged_by text,
    first_acknowledged_at timestamptz,
    resolved_at timestamptz,
    resolved_by text,
    resolution text,
    automatic boolean not null,
    acted_by text,
    reminded boolean not null,
    overdue boolean not null,
    version bigint not null,
    changed_at timestamptz not null,
    check ((state = 'resolved') = (resolved_at is not null)),
    foreign key (sop, sop_version) references sops (name, version)
) with (fillfactor = 70);

create index tickets_newest on tickets (opened_at desc, id desc);
create index tickets_of_order on tickets (order_id);
create index tickets_unresolved on tickets (department, opened_at desc, id desc) where state <> 'resolved';
create index tickets_resolved on tickets (resolved_at) where state = 'resolved';

-- Who answered when. A department is absent in a rest, between a resolution
-- and the reopening after it.
create table ticket_ledger (
    ticket_id uuid not null references tickets (id),
    ordinal integer not null,
    department text,
    assignee text,
    started_at timestamptz not null,
    ended_at timestamptz check (ended_at >= started_at),
    reason text not null,
    primary key (ticket_id, ordinal)
) with (fillfactor = 70);

-- The clock of at most one department runs.
create unique index ticket_ledger_running on ticket_ledger (ticket_id) where ended_at is null;

-- What happened to each ticket, so that a stale caller learns what was missed.
create table ticket_transitions (
    ticket_id uuid not null references tickets (id),
    version bigint not null,
    transition text not null,
    actor text not null,
    reason text not null,
    happened_at timestamptz not null,
    primary key (ticket_id, version)
);

create index ticket_transitions_counted on ticket_transitions (transition, happened_at)
    where transition in ('handed-over', 'overdue');

-- Slim, because it is claimed by deletion.
create table ticket_timers (
    ticket_id uuid not null,
    kind text not null check (kind in ('due-soon', 'overdue')),
    due_at timestamptz not null,
    primary key (ticket_id, kind)
);

create index ticket_timers_next on ticket_timers (due_at);

-- Retroactive exceptions, which open no ticket, by their newest version: a
-- report that was overtaken by it must open none either.
create table silent_exceptions (
    exception_id uuid primary key,
    version bigint not null
);
