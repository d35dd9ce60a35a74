-- Codes that were sent to addresses and wait to be told back.
create table contact_code (
    person     text        not null,
    kind       text        not null,
    -- Sealed for the address that it was sent to.
    sealed     text        not null,
    tries_left integer     not null,
    sent_at    timestamptz not null,
    expires_at timestamptz not null,
    primary key (person, kind)
);
