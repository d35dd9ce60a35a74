-- Work that is given to people, and who is away.

-- When somebody is away, and who does their work meanwhile. Those of one person never overlap.
create table absences (
    login text not null,
    begins_at timestamptz not null,
    ends_at timestamptz not null check (ends_at > begins_at),
    -- Empty where their team does it.
    stand_in text not null,
    reason text not null,
    set_at timestamptz not null,
    set_by text not null,
    -- Whether what they had when it began has been given to others.
    relieved boolean not null default false,
    primary key (login, begins_at)
);

create index absences_to_come on absences (begins_at) where not relieved;

-- To whom something was given last: a higher turn is later. Whoever gives out work locks it.
create table dispatch_turns (
    login text primary key,
    turn bigint not null
);

create index ticket_tasks_to_give on ticket_tasks (team, due_at)
    where kind = 'work' and assignee = '';
