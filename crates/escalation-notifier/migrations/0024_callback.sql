-- Presses that were acted on and could still be sent again by whoever overheard them: forgotten once
-- they are too old to be taken anyway.
create table callback (
    -- What the vendor signed it with.
    signature text        not null primary key,
    heard_at  timestamptz not null default clock_timestamp()
);
