-- The record. Positions are handed out by entry_counter inside the transaction that writes the
-- entries, so the order of positions is the order of commits and there are no gaps.

create table entry_counter (
    only_row boolean primary key default true check (only_row),
    next_position bigint not null check (next_position > 0)
);
insert into entry_counter (next_position) values (1);

-- Range-partitioned by position, so that old entries leave by dropping a partition.
create table entries (
    position bigint not null,
    service text collate "C" not null,
    type text collate "C" not null,
    event_id text collate "C" not null,
    occurred_at timestamptz not null,
    recorded_at timestamptz not null,
    actor_kind smallint not null,
    actor text collate "C" not null,
    order_ids text[] collate "C" not null,
    ticket_id text collate "C" not null,
    payload bytea not null,
    digest bytea not null check (octet_length(digest) = 32),
    primary key (position)
) partition by range (position);

-- A GIN index takes batches of 400 order ids 1.4 times as fast as a slim table of
-- (order_id, position) and in a quarter of the space. Without a pending list, so that every
-- append costs the same and a look-up never reads a backlog.
create index entries_by_order on entries using gin (order_ids) with (fastupdate = off);
create index entries_by_ticket on entries (ticket_id, position) where ticket_id <> '';
create index entries_by_actor on entries (actor, position);
create index entries_by_time on entries (occurred_at, position);

-- The natural key: one happening of one service is one entry. Apart from entries, because a
-- unique index over partitions must hold the partition key.
create table entry_keys (
    service text collate "C" not null,
    event_id text collate "C" not null,
    position bigint not null,
    primary key (service, event_id)
) partition by hash (event_id);

-- How many entries there are of each type, kept by the transactions that append.
create table entry_figures (
    type text collate "C" primary key,
    count bigint not null
) with (fillfactor = 50);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the audit record is append-only: % of % refused', tg_op, tg_table_name
        using errcode = 'insufficient_privilege';
end
$$;

-- `always`, so that a session that poses as a replica is refused as well.
create trigger append_only before update or delete on entries
    for each row execute function refuse_change();
alter table entries enable always trigger append_only;
create trigger append_only_whole before truncate on entries
    for each statement execute function refuse_change();
alter table entries enable always trigger append_only_whole;
create trigger append_only before update or delete on entry_keys
    for each row execute function refuse_change();
alter table entry_keys enable always trigger append_only;

do $$
begin
    for remainder in 0..7 loop
        execute format(
            'create table entry_keys_%s partition of entry_keys for values with (modulus 8, remainder %s)',
            remainder, remainder);
        execute format('create trigger append_only_whole before truncate on entry_keys_%s '
                       'for each statement execute function refuse_change()', remainder);
        execute format('alter table entry_keys_%s enable always trigger append_only_whole', remainder);
    end loop;
end
$$;

-- Makes the partition that holds a position. Attached rather than created in place, because that
-- lets readers go on. Appenders call it while they hold the counter, so never two at once.
create function ensure_entries_partition(wanted bigint) returns void language plpgsql as $$
declare
    size constant bigint := 4000000;
    number constant bigint := wanted / size;
    name constant text := 'entries_' || number;
begin
    if to_regclass(format('%I.%I', current_schema(), name)) is not null then
        return;
    end if;
    execute format('create table %I (like entries including all)', name);
    execute format('create trigger append_only_whole before truncate on %I '
                   'for each statement execute function refuse_change()', name);
    execute format('alter table %I enable always trigger append_only_whole', name);
    execute format('alter table entries attach partition %I for values from (%s) to (%s)',
                   name, number * size, (number + 1) * size);
end
$$;

select ensure_entries_partition(1);
