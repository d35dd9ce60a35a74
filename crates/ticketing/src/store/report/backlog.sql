with waiting as (
    select figure_key($1, $2, tickets, holder.department, holder.assignee) as key,
        extract(epoch from $3 - opened_at) * 1000000 as micros
    from tickets
    cross join lateral (
        select department, assignee from ticket_ledger
        where ticket_id = tickets.id and department is not null
            and started_at < $3 and (ended_at is null or ended_at >= $3)
        order by ordinal desc limit 1
    ) as holder
    where opened_at < $3 and (state <> 'resolved' or (state = 'resolved' and resolved_at >= $3))
)
select key as "key!", count(*) as "count!", avg(micros)::bigint as "mean!",
    percentile_disc(0.5) within group (order by micros)::bigint as "median!",
    percentile_disc(0.9) within group (order by micros)::bigint as "p90!",
    max(micros)::bigint as "longest!", 0::bigint as "kept!"
from waiting
group by 1
