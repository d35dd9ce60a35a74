-- Tickets with steps that end when the order's facts say so, and when to ask for that next.
create table ticket_questions (
    ticket_id uuid primary key references tickets (id),
    ask_at timestamptz not null
);

create index ticket_questions_next on ticket_questions (ask_at);
