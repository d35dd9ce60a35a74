with charged as (
    select figure_key($1, $2, tickets, ticket_ledger.department, ticket_ledger.assignee) as key,
        extract(epoch from sum(ended_at - started_at)) * 1000000 as micros
    from tickets
    join ticket_ledger on ticket_id = tickets.id
    where state = 'resolved' and resolved_at >= $3 and resolved_at < $4
        and ticket_ledger.department is not null and ticket_ledger.pause is null
    group by 1, tickets.id
)
select key as "key!", count(*) as "count!", avg(micros)::bigint as "mean!",
    percentile_disc(0.5) within group (order by micros)::bigint as "median!",
    percentile_disc(0.9) within group (order by micros)::bigint as "p90!",
    max(micros)::bigint as "longest!", 0::bigint as "kept!"
from charged
group by 1
