select figure_key($1, $2, tickets, ticket_turns.department, ticket_turns.assignee) as "key!",
    count(*) as "kept!"
from ticket_turns
join tickets on tickets.id = ticket_id
where completed_at >= $3 and completed_at < $4 and not late
group by 1
