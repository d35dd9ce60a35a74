-- Somebody stands in for whoever a schedule says.
create table on_call_override (
    id               uuid        primary key,
    schedule         text        not null,
    -- Name in the directory.
    person           text        not null,
    from_at          timestamptz not null,
    until_at         timestamptz not null,
    author           text        not null,
    reason           text        not null,
    said_at          timestamptz not null,
    withdrawn_by     text,
    withdrawn_reason text,
    withdrawn_at     timestamptz,
    check (from_at < until_at)
);

create index on_call_override_until on on_call_override (until_at) where withdrawn_at is null;

-- Gaps that were told of, so that each is told of once.
create table on_call_gap (
    schedule text        not null,
    from_at  timestamptz not null,
    until_at timestamptz not null,
    told_at  timestamptz not null,
    primary key (schedule, from_at)
);
