-- Tickets that came to incidents and those that left them again, until the incident is over.
create table incident_member (
    ticket_id text    not null,
    group_id  text    not null,
    -- Version of the group that said so; the highest counts.
    version   bigint  not null,
    belongs   boolean not null,
    primary key (ticket_id, group_id)
);

create index incident_member_of_group on incident_member (group_id);

-- A late source silences what waits for it: those that are late now say which they are.
insert into inhibitor (rule, key, ticket_id, is_target)
select 'source-late-named', substr(order_id, length('source:') + 1), ticket_id, false
from inhibitor join escalation using (ticket_id)
where rule = 'source-late' and order_id like 'source:%'
on conflict do nothing;
