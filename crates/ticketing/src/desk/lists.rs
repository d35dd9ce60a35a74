//! Lists of tickets, and queues of what is to be done.

use std::collections::BTreeMap;

use sqlx::PgConnection;

use super::Desk;
use crate::{
    domain::{actor::Person, saved_filter::FilterPath, ticket::Ticket},
    error::{Error, Violation},
    store::{
        listing::{self, Order, Place, Selection, TicketFilter},
        tasks::{self, Queue},
        tickets,
    },
};

/// What somebody wants to see of tickets.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// All of which a ticket must pass.
    pub filters: Vec<TicketFilter>,
    /// Which kept filter it must pass as well.
    pub saved: Option<FilterPath>,
    /// Who asks.
    pub me: Option<Person>,
    /// Whether it must be theirs to do something about; for nobody, nothing is.
    pub my_work: bool,
}

/// A page of tickets.
#[derive(Debug)]
pub struct TicketPage {
    /// Tickets in order.
    pub tickets: Vec<Ticket>,
    /// Where the next page begins; absent on the last.
    pub next: Option<Place>,
    /// How many tickets there are, counted no further than [`listing::COUNTED`].
    pub total: i64,
}

impl Desk {
    /// Tickets as somebody wants to see them, page by page.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the page is one of another list, and those of the database.
    pub async fn list(
        &self,
        wish: Wish,
        order: Order,
        after: Option<Place>,
        size: i64,
    ) -> Result<TicketPage, Error> {
        let mut connection = self.0.database.pool().acquire().await?;
        let selection = self.select(&mut connection, wish).await?;
        if after.is_some_and(|place| !place.is_in(selection.fingerprint(order))) {
            return Err(Error::Invalid(vec![Violation {
                field: "page_token",
                description: "is of another request; ask for the same tickets in the same order, \
                    or begin anew without it"
                    .to_owned(),
            }]));
        }
        let now = self.now();
        let page = listing::page(&mut connection, &selection, order, after, size, now).await?;
        let total = listing::count(&mut connection, &selection, now).await?;
        let mut found = tickets::load(&mut connection, &self.0.library, &page.ids).await?;
        Ok(TicketPage {
            tickets: page.ids.iter().filter_map(|id| found.remove(id)).collect(),
            next: page.next,
            total,
        })
    }

    /// Queues by department and team, those with nothing in them as well; of one department when
    /// that is named.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn queues(&self, department: Option<&str>) -> Result<Vec<Queue>, Error> {
        let mut connection = self.0.database.pool().acquire().await?;
        let office = self.office(&mut connection).await?;
        let roster = office.roster();
        let empty = roster.teams().map(|(name, team)| Queue {
            department: team.department.clone(),
            team: name.to_owned(),
            ..Queue::default()
        });
        let filled = tasks::queues(&mut connection, &roster.staff()).await?;
        let queues: BTreeMap<_, _> = empty
            .chain(filled)
            .map(|queue| ((queue.department.clone(), queue.team.clone()), queue))
            .collect();
        let wanted = |queue: &Queue| department.is_none_or(|it| it == queue.department);
        Ok(queues.into_values().filter(wanted).collect())
    }

    pub(super) async fn select(
        &self,
        conn: &mut PgConnection,
        wish: Wish,
    ) -> Result<Selection, Error> {
        let wish = self.settled(conn, wish).await?;
        let me = wish.me.as_ref().map(Person::as_str);
        let duties = if wish.my_work {
            let office = self.office(conn).await?;
            Some(office.roster().duties(me.unwrap_or_default()))
        } else {
            None
        };
        Ok(Selection {
            filters: wish.filters,
            me: me.map(str::to_owned),
            duties,
        })
    }
}
