with taken_up as (
    select figure_key($1, $2, tickets, holder.department, holder.assignee) as key,
        extract(epoch from first_acknowledged_at - opened_at) * 1000000 as micros,
        promises -> 'response' ->> 'missed' = 'false' as kept
    from tickets
    cross join lateral (
        select department, assignee from ticket_ledger
        where ticket_id = tickets.id and department is not null
            and started_at <= first_acknowledged_at
        order by ordinal desc limit 1
    ) as holder
    where first_acknowledged_at >= $3 and first_acknowledged_at < $4
)
select key as "key!", count(*) as "count!", avg(micros)::bigint as "mean!",
    percentile_disc(0.5) within group (order by micros)::bigint as "median!",
    percentile_disc(0.9) within group (order by micros)::bigint as "p90!",
    max(micros)::bigint as "longest!",
    count(*) filter (where kept) as "kept!"
from taken_up
group by 1
