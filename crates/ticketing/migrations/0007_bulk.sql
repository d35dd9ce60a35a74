-- One act on many tickets, carried out behind the call that asked for it.
create table bulks (
    id uuid primary key,
    actor text not null,
    -- Absent in one that takes another back: there each ticket has an act of its own.
    act jsonb,
    note text not null,
    undoes uuid unique references bulks (id) on delete cascade,
    total integer not null,
    done integer not null default 0,
    refused integer not null default 0,
    began_at timestamptz not null,
    ended_at timestamptz,
    check ((act is null) = (undoes is not null)),
    check (done + refused <= total)
);

create index bulks_going_on on bulks ((total - done - refused), id) where ended_at is null;
create index bulks_ended on bulks (ended_at);

-- What becomes of each ticket.
create table bulk_items (
    bulk_id uuid not null references bulks (id) on delete cascade,
    ticket_id uuid not null,
    -- The version that the ticket must have; absent where any will do.
    seen bigint,
    act jsonb,
    state text not null default 'waiting' check (state in ('waiting', 'done', 'refused')),
    code text not null default '',
    refusal text not null default '',
    -- The ticket right after, and what takes it back.
    version bigint,
    undo jsonb,
    primary key (bulk_id, ticket_id)
) with (fillfactor = 80);

create index bulk_items_waiting on bulk_items (bulk_id, ticket_id) where state = 'waiting';
