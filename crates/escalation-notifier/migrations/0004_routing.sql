-- An escalation follows the routes of its policy that took the ticket, and may
-- come back when whoever took it on does nothing with it.
alter table escalation
    -- Places of those routes, such as `spec.routes[0]`.
    add column routes            text[]      not null default array['spec'],
    -- How much of their course was passed in this round; without repeats, a level each.
    add column stage             integer     not null default 0,
    add column touched_version   bigint      not null default 0,
    add column touched_at        timestamptz not null default 'epoch',
    add column came_back_version bigint      not null default 0;

update escalation set stage = level;

alter table escalation alter column touched_at drop default;

-- The natural key stands in the id, and repetitions are part of it.
alter table delivery
    add column repetition integer not null default 0,
    drop constraint delivery_ticket_id_cause_level_occurrence_channel_recipient_key,
    add unique (ticket_id, cause, level, occurrence, channel, recipient, repetition);
