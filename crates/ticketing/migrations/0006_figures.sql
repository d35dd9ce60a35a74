-- Each time that a step was done, and who answered for it.
create table ticket_turns (
    ticket_id uuid not null references tickets (id),
    step text not null,
    started_at timestamptz not null,
    completed_at timestamptz not null,
    department text not null,
    team text not null,
    assignee text not null,
    -- Its deadline had been missed.
    late boolean not null,
    primary key (ticket_id, step, completed_at)
);

create index ticket_turns_by_time on ticket_turns (completed_at);

-- Of what was done before, the last time of each step, with who answered for the ticket then.
insert into ticket_turns
select tickets.id, sops.steps -> (ordinality - 1)::integer ->> 'name',
    (step ->> 'started_at')::timestamptz, (step ->> 'completed_at')::timestamptz,
    holder.department, holder.team, coalesce(holder.assignee, ''),
    coalesce((step ->> 'completed_at')::timestamptz > (step ->> 'due_at')::timestamptz, false)
from tickets
join sops on sops.name = tickets.sop and sops.version = tickets.sop_version
cross join lateral jsonb_array_elements(tickets.steps) with ordinality as elements (step, ordinality)
cross join lateral (
    select department, team, assignee from ticket_ledger
    where ticket_id = tickets.id and department is not null
        and started_at <= (step ->> 'started_at')::timestamptz
    order by ordinal desc limit 1
) as holder
where step ->> 'state' = 'done' and step ? 'completed_at';

create index tickets_taken_up on tickets (first_acknowledged_at) where first_acknowledged_at is not null;

-- Under which key figures of a ticket are shown, where these answered.
create function figure_key(
    grouping_word text, zone text, ticket tickets, department text, assignee text
) returns text language sql stable as $$
    select coalesce(case grouping_word
        when 'scenario' then ticket.scenario
        when 'department' then department
        when 'warehouse' then ticket.order_summary ->> 'warehouse'
        when 'person' then assignee
        when 'hour' then to_char(ticket.opened_at at time zone zone, 'HH24')
        when 'category' then ticket.order_summary ->> 'kind'
    end, '')
$$;
