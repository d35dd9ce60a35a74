select figure_key($1, $2, tickets, ticket_ledger.department, ticket_ledger.assignee) as "key!",
    count(*) as "opened!"
from tickets
join ticket_ledger on ticket_id = tickets.id and ordinal = 0
where opened_at >= $3 and opened_at < $4
group by 1
