-- Lists: by filters and by time left, queues, and what is whose to do.

-- The soonest of all deadlines that run: of its steps, of the response and of the resolution.
alter table tickets add column deadline_at timestamptz;

update tickets set deadline_at = least(
    due_at,
    (promises #>> '{response,clock,running,due_at}')::timestamptz,
    (promises #>> '{resolution,clock,running,due_at}')::timestamptz
) where state <> 'resolved';

-- What stands in a queue by time left; filters find them as they write these columns.
create index tickets_by_time_left on tickets (coalesce(deadline_at, 'infinity'), id)
    where state <> 'resolved';
create index tickets_of_department_by_time_left
    on tickets (department, coalesce(deadline_at, 'infinity'), id) where state <> 'resolved';
create index tickets_of_team_by_time_left
    on tickets (nullif(team, ''), coalesce(deadline_at, 'infinity'), id) where state <> 'resolved';
create index tickets_of_assignee_by_time_left
    on tickets (nullif(assignee, ''), coalesce(deadline_at, 'infinity'), id)
    where state <> 'resolved';
create index tickets_of_exception on tickets (exception_id);

-- What is to be done, and by whom: one row for each step that is worked on, and one for each
-- handing over that has yet to be answered. Follows from the ticket.
create table ticket_tasks (
    ticket_id uuid not null,
    step text not null,
    kind text not null check (kind in ('work', 'accept', 'arbitrate')),
    department text not null,
    team text not null,
    assignee text not null,
    due_at timestamptz,
    overdue boolean not null,
    paused boolean not null,
    primary key (ticket_id, step, kind)
) with (fillfactor = 80);

create index ticket_tasks_of_person on ticket_tasks (assignee) where assignee <> '';
create index ticket_tasks_of_team on ticket_tasks (department, team);
create index ticket_tasks_to_decide on ticket_tasks (department) where kind = 'arbitrate';

with active as (
    select tickets.id, sops.steps -> (place - 1)::integer ->> 'name' as name, step,
        step -> 'offer' as offer, (step #>> '{deadline,clock,running,due_at}')::timestamptz as due_at,
        coalesce((step #>> '{deadline,missed}')::boolean, false) as overdue,
        pause is not null as paused,
        coalesce(terms #> '{hand_over,arbiter}',
            '{"department": "operations", "assignee": "duty-lead"}') as arbiter
    from tickets join sops on sops.name = tickets.sop and sops.version = tickets.sop_version
    cross join lateral jsonb_array_elements(tickets.steps) with ordinality as steps (step, place)
    where state <> 'resolved' and step ->> 'state' = 'active'
), tasks as (
    select id, name, 'work' as kind, step -> 'holder' as holder, due_at, overdue, paused
    from active
    union all
    select id, name, 'accept', offer -> 'to', (offer ->> 'answer_by')::timestamptz, false, paused
    from active where not (offer ->> 'with_arbiter')::boolean
    union all
    select id, name, 'arbitrate', arbiter, due_at, overdue, paused
    from active where (offer ->> 'with_arbiter')::boolean
)
insert into ticket_tasks
select id, name, kind, holder ->> 'department', coalesce(holder ->> 'team', ''),
    holder ->> 'assignee', due_at, overdue, paused
from tasks;

-- Filters that people keep. Others see them by the department that they are shared with.
create table saved_filters (
    owner text not null,
    name text not null,
    filter text not null,
    shared_with text not null,
    version bigint not null,
    changed_at timestamptz not null,
    primary key (owner, name)
);

create index saved_filters_shared on saved_filters (shared_with) where shared_with <> '';
