select figure_key($1, $2, tickets, ticket_breaches.department, ticket_breaches.assignee) as "key!",
    count(*) filter (where promise = 'response') as "response!",
    count(*) filter (where promise = 'step') as "step!",
    count(*) filter (where promise = 'resolution') as "resolution!"
from ticket_breaches
join tickets on tickets.id = ticket_id
where ticket_breaches.due_at >= $3 and ticket_breaches.due_at < $4
group by 1
