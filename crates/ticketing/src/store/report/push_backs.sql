select date_trunc('week', happened_at at time zone $1)::date::text as "week!",
    push_back_from as "from!", push_back_to as "to!", count(*) as "count!"
from ticket_transitions
where push_back_from is not null and happened_at >= $2 and happened_at < $3
group by 1, 2, 3
order by 1, 2, 3
limit $4
