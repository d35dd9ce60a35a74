select figure_key($1, $2, tickets, department, assignee) as "key!",
    count(*) as "resolved!",
    count(*) filter (where automatic) as "automatic!",
    count(*) filter (where promises -> 'resolution' ->> 'missed' = 'false') as "kept!"
from tickets
where state = 'resolved' and resolved_at >= $3 and resolved_at < $4
group by 1
