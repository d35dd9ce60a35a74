-- Whoever does not want to be told of some tickets for a while says so here.
create table silence (
    id         uuid        primary key,
    matchers   text[]      not null,
    author     text        not null,
    reason     text        not null,
    starts_at  timestamptz not null,
    ends_at    timestamptz not null,
    created_at timestamptz not null,
    -- Who ended it early; empty when nobody did.
    ended_by   text        not null default '',
    check (starts_at <= ends_at)
);

create index silence_ends on silence (ends_at);

-- Deliveries that wait because of a silence, a maintenance window or another
-- ticket. Slim, so that looking for those that may go is cheap.
create table hold (
    delivery_id uuid        primary key references delivery on delete cascade,
    kind        text        not null check (kind in ('silence', 'maintenance', 'inhibition')),
    name        text        not null,
    why         text        not null,
    -- When it ends, where that is known.
    until       timestamptz,
    -- When it is asked again whether it still holds.
    look_at     timestamptz not null
);

create index hold_look on hold (look_at);
create index hold_keeper on hold (kind, name);

-- Open tickets that hold notices of others back: one a rule whose source it is.
create table inhibitor (
    rule      text    not null,
    -- Values of the labels that must be equal.
    key       text    not null,
    ticket_id text    not null,
    -- Whether it could be held back by the same rule.
    is_target boolean not null,
    primary key (rule, key, ticket_id)
);

create index inhibitor_ticket on inhibitor (ticket_id);

-- Incidents by their groups, so that a late word of one being open is none.
create table incident (
    group_id text    primary key,
    version  bigint  not null,
    open     boolean not null
);

alter table delivery
    drop constraint delivery_state_check,
    add constraint delivery_state_check
        check (state in ('pending', 'sending', 'sent', 'retrying', 'failed', 'cancelled', 'held'));
