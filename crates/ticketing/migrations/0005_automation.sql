-- Calls to machines that steps wait for: gone once they are answered, or nobody waits any more.
create table ticket_calls (
    ticket_id uuid not null references tickets (id),
    step text not null,
    turn bigint not null,
    -- Whoever makes the call moves it on, so that another does not unless that one dies.
    due_at timestamptz not null,
    failures integer not null default 0,
    primary key (ticket_id, step, turn)
);

create index ticket_calls_next on ticket_calls (due_at);
