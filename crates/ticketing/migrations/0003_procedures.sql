-- Procedures with ways through them, clocks that stop, and handing over that is answered.

alter table sops add column terms jsonb not null default '{}';

-- Calendars and teams in force, by which procedures go.
create table office_documents (
    kind text not null check (kind in ('Calendar', 'Team')),
    name text not null,
    spec jsonb not null,
    applied_at timestamptz not null,
    applied_by text not null,
    reason text not null,
    primary key (kind, name)
);

-- Grows with every change of them, so that replicas know when to read them again.
create table office_version (
    version bigint not null
);
insert into office_version values (0);

alter table tickets
    add column team text not null default '',
    add column promises jsonb not null default '{}',
    add column pause jsonb,
    add column paused jsonb not null default '{}',
    add column snoozed_until timestamptz;

alter table ticket_ledger
    add column team text not null default '',
    add column pause text;

alter table ticket_transitions
    add column note text not null default '',
    add column overridden boolean not null default false,
    add column step text not null default '',
    -- Work that went back: from the department that did not want it, to the one that has it again.
    add column push_back_from text,
    add column push_back_to text,
    add check ((push_back_from is null) = (push_back_to is null));

create index ticket_transitions_push_backs on ticket_transitions (happened_at)
    where push_back_from is not null;

-- Deadlines that were missed, each once, and who answered at that instant.
create table ticket_breaches (
    ticket_id uuid not null references tickets (id),
    promise text not null check (promise in ('response', 'step', 'resolution')),
    step text not null,
    due_at timestamptz not null,
    department text not null,
    team text not null,
    assignee text not null,
    told_at timestamptz not null,
    primary key (ticket_id, promise, step, due_at)
);

create index ticket_breaches_by_time on ticket_breaches (due_at);

-- Steps that are worked on have a clock, a holder and a reminder of their own.
update tickets set steps = (
    select jsonb_agg(
        case when step ->> 'state' = 'active' then jsonb_strip_nulls(jsonb_build_object(
            'state', 'active',
            'started_at', step -> 'started_at',
            'holder', jsonb_build_object('department', department, 'assignee', assignee),
            'remind_at', (
                select to_jsonb(due_at) from ticket_timers
                where ticket_id = tickets.id and kind = 'due-soon'
            ),
            'deadline', jsonb_build_object(
                'missed', overdue,
                'clock', jsonb_build_object(
                    'allowance', jsonb_build_object('span', (
                        select sops.steps -> (ordinality - 1)::integer ->> 'expected' from sops
                        where sops.name = tickets.sop and sops.version = tickets.sop_version
                    )),
                    'used', 0,
                    'running', jsonb_build_object(
                        'since', step -> 'started_at', 'due_at', step -> 'due_at')
                )
            )
        )) else step end
        order by ordinality)
    from jsonb_array_elements(steps) with ordinality as elements (step, ordinality)
) where state <> 'resolved';

alter table tickets drop column reminded;

-- A ticket waits for one instant, the next; what is due then follows from the ticket.
create table ticket_wakings (
    ticket_id uuid primary key,
    wake_at timestamptz not null
);

insert into ticket_wakings select ticket_id, min(due_at) from ticket_timers group by ticket_id;

create index ticket_wakings_next on ticket_wakings (wake_at);

drop table ticket_timers;
