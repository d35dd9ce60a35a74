-- Tickets with something in common that are told of together, one row a group
-- and level; slim, as it is the timer too.
create table notice_group (
    id               uuid             primary key,
    next_flush_at    timestamptz      not null,
    notified_at      timestamptz,
    wait_seconds     double precision not null,
    interval_seconds double precision not null,
    repeat_seconds   double precision not null
);

create index notice_group_flush on notice_group (next_flush_at);

create table group_member (
    group_id  uuid    not null references notice_group on delete cascade,
    ticket_id text    not null,
    -- Whether it was told as open.
    told      boolean not null default false,
    primary key (group_id, ticket_id)
);

alter table delivery
    -- Group that it belongs to, and those that go out in one message with it.
    add column group_id uuid,
    add column bundle   uuid;

create index delivery_group on delivery (group_id) where group_id is not null;

alter table hold
    drop constraint hold_kind_check,
    add constraint hold_kind_check
        check (kind in ('silence', 'maintenance', 'inhibition', 'group'));
