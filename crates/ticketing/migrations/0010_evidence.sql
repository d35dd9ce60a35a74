-- Files that people attach to tickets. The record stays for ever, the content until it is removed.
create table evidence (
    id uuid primary key,
    ticket_id uuid not null references tickets (id),
    step text not null,
    file_name text not null,
    media_type text not null,
    size bigint not null check (size > 0),
    sha256 bytea not null check (length(sha256) = 32),
    note text not null,
    attached_by text not null,
    attached_at timestamptz not null,
    removed_by text,
    removed_at timestamptz,
    removal_reason text,
    check (num_nulls(removed_by, removed_at, removal_reason) in (0, 3))
);

create index evidence_of_ticket on evidence (ticket_id, attached_at, id);
-- The same content is attached to a ticket once.
create unique index evidence_once on evidence (ticket_id, sha256) where removed_at is null;

create table evidence_chunks (
    evidence_id uuid not null references evidence (id) on delete cascade,
    ordinal integer not null check (ordinal >= 0),
    content bytea not null check (length(content) > 0),
    primary key (evidence_id, ordinal)
);

-- Pictures do not get smaller by compressing them once more.
alter table evidence_chunks alter column content set storage external;
