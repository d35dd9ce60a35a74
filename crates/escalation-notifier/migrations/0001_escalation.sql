-- Directory and policies as applied. Every version is kept: a ticket stays
-- under the policy that it was opened under.
create table policy_set (
    version        bigint generated always as identity primary key,
    resources_yaml text        not null,
    actor          text        not null,
    reason         text        not null,
    applied_at     timestamptz not null
);

-- One escalation a ticket. Versions are the ticket's own; they make the state
-- independent of the order in which transitions arrive.
create table escalation (
    ticket_id        text        primary key,
    order_id         text        not null,
    ticket           jsonb       not null,
    ticket_version   bigint      not null,
    acknowledged     boolean     not null,
    resolved_version bigint      not null,
    round            bigint      not null,
    round_started_at timestamptz not null,
    level            integer     not null,
    next_level_at    timestamptz,
    policy           text        not null,
    policy_version   bigint      not null,
    state            text        not null
        check (state in ('running', 'acknowledged', 'resolved', 'exhausted')),
    started_at       timestamptz not null,
    updated_at       timestamptz not null
) with (fillfactor = 70);

create index escalation_state on escalation (state, ticket_id);

-- When the next level of a ticket is reached. Slim, so that claiming is cheap.
create table level_timer (
    ticket_id text        primary key,
    due_at    timestamptz not null
);

create index level_timer_due on level_timer (due_at);

-- The ledger: one delivery a recipient, channel and cause.
create table delivery (
    id               uuid        primary key,
    ticket_id        text        not null,
    order_id         text        not null,
    cause            text        not null,
    level            integer     not null,
    -- Version of the ticket that caused it.
    occurrence       bigint      not null,
    channel          text        not null,
    -- Robot for WeCom, person for e-mail: names, never addresses.
    recipient        text        not null,
    shown            text        not null,
    urgency          smallint    not null,
    ticket           jsonb       not null,
    state            text        not null default 'pending'
        check (state in ('pending', 'sending', 'sent', 'retrying', 'failed', 'cancelled')),
    -- Not needed any more, but it was being sent when that became known.
    withdrawn        boolean     not null default false,
    attempts         integer     not null default 0,
    -- Real time: the back-off is between us and a vendor.
    next_attempt_at  timestamptz not null default clock_timestamp(),
    last_error       text        not null default '',
    message_id       uuid,
    -- W3C trace context of the event that caused it.
    traceparent      text,
    created_at       timestamptz not null,
    sent_at          timestamptz,
    unique (ticket_id, cause, level, occurrence, channel, recipient)
) with (fillfactor = 70);

create index delivery_waiting on delivery (channel, recipient, next_attempt_at)
    where state in ('pending', 'retrying');
create index delivery_message on delivery (message_id) where message_id is not null;
create index delivery_created on delivery (created_at desc, id);

-- What is put on the wire: one delivery, or a digest of many. Written before
-- it is sent; a lease that ran out means that nobody knows whether it arrived.
create table message (
    id          uuid        primary key,
    channel     text        not null,
    recipient   text        not null,
    deliveries  integer     not null,
    state       text        not null check (state in ('sending', 'sent', 'failed')),
    lease_until timestamptz not null,
    created_at  timestamptz not null,
    finished_at timestamptz
);

create index message_lease on message (lease_until) where state = 'sending';

-- What came of every attempt, in the vendor's own words.
create table delivery_attempt (
    delivery_id uuid        not null,
    attempt     integer     not null,
    message_id  uuid        not null,
    outcome     text        not null,
    answer      text        not null,
    finished_at timestamptz not null,
    primary key (delivery_id, attempt)
);

-- Token bucket of each robot, in real time and shared by every replica.
create table robot_budget (
    robot       text             primary key,
    tokens      double precision not null,
    refilled_at timestamptz      not null
);
