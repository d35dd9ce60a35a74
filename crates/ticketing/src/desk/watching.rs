//! Lists that stay right: which tickets there are, then what becomes of them.

use std::{collections::VecDeque, fmt, str::FromStr};

use contracts::subject;
use service::{consume::Position, event_log};
use sqlx::{Postgres, Transaction};
use thiserror::Error as ThisError;
use tokio::sync::watch;
use uuid::Uuid;

use super::{Desk, Wish};
use crate::{
    domain::{id::TicketId, ticket::Ticket},
    error::{Error, Violation},
    store::{
        listing::{self, Order, Place, Selection, watched},
        tickets,
    },
};

/// Tickets that are read at once while it is told which there are.
const PAGE: i64 = 100;
/// Events that are read at once.
const EVENTS: i64 = 500;

/// Something to be told about a list.
#[derive(Debug)]
pub enum News {
    /// A ticket that there is.
    Present(Box<Ticket>),
    /// All that there are have been told.
    Synced,
    /// A ticket that is new in the list, or not as it was, and what happened to it.
    Changed(Box<Ticket>, Vec<String>),
    /// A ticket that changed and is not in the list.
    Left(Box<Ticket>, Vec<String>),
}

/// Place in what becomes of the tickets of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bookmark {
    list: Uuid,
    position: Position,
}

/// The token is not one that was given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
#[error("must be the resume_token of an earlier answer")]
pub struct NotABookmark;

/// Somebody who follows a list.
pub struct Watching {
    desk: Desk,
    wish: Wish,
    stage: Stage,
    /// What was read and is yet to be told, each with where to go on after it.
    read: VecDeque<(News, Option<Bookmark>)>,
    bookmark: Bookmark,
    tail: watch::Receiver<Position>,
}

enum Stage {
    /// Tells which tickets there are, from a place on.
    Presenting(Option<Place>),
    /// Tells what becomes of them.
    Following,
}

impl Desk {
    /// Begins to follow a list, or goes on from a bookmark.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the bookmark is of another list, [`Error::Forgotten`] when what
    /// followed it is, and those of the database.
    pub async fn watch(&self, wish: Wish, from: Option<Bookmark>) -> Result<Watching, Error> {
        let mut connection = self.0.database.pool().acquire().await?;
        // A filter that is changed while somebody follows is another list.
        let wish = self.settled(&mut connection, wish).await?;
        let list = self.select(&mut connection, wish.clone()).await?;
        drop(connection);
        let list = list.fingerprint(Order::Oldest);
        // What commits from here on is told as a change, whether or not it is seen before.
        let position = event_log::settled(self.0.database.pool()).await?;
        if let Some(from) = from {
            self.must_lead_on(from, list, position).await?;
        }
        Ok(Watching {
            desk: self.clone(),
            wish,
            stage: match from {
                Some(_) => Stage::Following,
                None => Stage::Presenting(None),
            },
            read: VecDeque::new(),
            bookmark: from.unwrap_or(Bookmark { list, position }),
            tail: self.0.tail.follow(),
        })
    }

    async fn must_lead_on(
        &self,
        from: Bookmark,
        list: Uuid,
        settled: Position,
    ) -> Result<(), Error> {
        if from.list != list || from.position > settled {
            return Err(Error::Invalid(vec![Violation {
                field: "resume_token",
                description: "is of another request; begin anew without it".to_owned(),
            }]));
        }
        match event_log::oldest(self.0.database.pool()).await? {
            Some(oldest) if oldest > from.position => Err(Error::Forgotten),
            _ => Ok(()),
        }
    }
}

impl Watching {
    /// What is to be told next, and from where to go on after it; waits until there is something.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn next(&mut self) -> Result<(News, Option<Bookmark>), Error> {
        loop {
            if let Some(next) = self.read.pop_front() {
                return Ok(next);
            }
            match self.stage {
                Stage::Presenting(after) => self.present(after).await?,
                Stage::Following => self.follow().await?,
            }
        }
    }

    async fn present(&mut self, after: Option<Place>) -> Result<(), Error> {
        let desk = &self.desk;
        let mut look = desk.look().await?;
        let selection = desk.select(&mut look, self.wish.clone()).await?;
        let (order, now) = (Order::Oldest, desk.now());
        let page = listing::page(&mut look, &selection, order, after, PAGE, now).await?;
        let mut found = tickets::load(&mut look, &desk.0.library, &page.ids).await?;
        let present = page.ids.iter().filter_map(|id| found.remove(id));
        let present = present.map(|ticket| (News::Present(Box::new(ticket)), None));
        self.read.extend(present);
        self.stage = Stage::Presenting(page.next);
        if page.next.is_none() {
            self.stage = Stage::Following;
            self.read.push_back((News::Synced, Some(self.bookmark)));
        }
        Ok(())
    }

    /// Reads on in the event log, or waits until it can.
    async fn follow(&mut self) -> Result<(), Error> {
        self.tail.mark_unchanged();
        let pool = self.desk.0.database.pool();
        let prefix = format!("{}.", subject::TICKETS);
        let events = event_log::list(pool, self.bookmark.position, &prefix, EVENTS).await?;
        let Some(last) = events.last() else {
            // The sender lives as long as the desk.
            let _ = self.tail.changed().await;
            return Ok(());
        };
        let after = last.position;
        let happened = Happened::of(events.iter().map(|event| &*event.event_id));
        let desk = &self.desk;
        let mut look = desk.look().await?;
        let selection = desk.select(&mut look, self.wish.clone()).await?;
        let news = news(desk, &mut look, &selection, happened).await?;
        // Until the last of them is told, going on begins with the first.
        let before = self.bookmark;
        self.bookmark.position = after;
        self.read
            .extend(news.into_iter().map(|it| (it, Some(before))));
        if let Some((_, bookmark)) = self.read.back_mut() {
            *bookmark = Some(self.bookmark);
        }
        Ok(())
    }
}

/// What happened to tickets, each ticket at the place of its last happening.
struct Happened(Vec<(TicketId, Vec<String>)>);

impl Happened {
    /// Reads ids of events such as `ticket/<id>/<version>/<transition>`, in order.
    fn of<'e>(event_ids: impl Iterator<Item = &'e str>) -> Self {
        let mut happened: Vec<(TicketId, Vec<String>)> = Vec::new();
        for event_id in event_ids {
            let mut parts = event_id.split('/').skip(1);
            let (id, transition) = (parts.next(), parts.nth(1));
            let Some((Ok(id), transition)) = id.map(str::parse).zip(transition) else {
                continue;
            };
            let known = happened.iter().position(|(ticket, _)| *ticket == id);
            let mut it = known.map_or_else(|| (id, Vec::new()), |index| happened.remove(index));
            it.1.push(transition.to_owned());
            happened.push(it);
        }
        Self(happened)
    }
}

async fn news(
    desk: &Desk,
    look: &mut Transaction<'static, Postgres>,
    selection: &Selection,
    happened: Happened,
) -> Result<Vec<News>, Error> {
    let ids: Vec<TicketId> = happened.0.iter().map(|(id, _)| *id).collect();
    let among = watched::among(look, selection, &ids, desk.now()).await?;
    let mut found = tickets::load(look, &desk.0.library, &ids).await?;
    let news = happened.0.into_iter().filter_map(|(id, transitions)| {
        let ticket = Box::new(found.remove(&id)?);
        Some(if among.contains(&id) {
            News::Changed(ticket, transitions)
        } else {
            News::Left(ticket, transitions)
        })
    });
    Ok(news.collect())
}

impl fmt::Display for Bookmark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position {
            transaction,
            sequence,
        } = self.position;
        write!(f, "{}.{transaction}.{sequence}", self.list.simple())
    }
}

impl FromStr for Bookmark {
    type Err = NotABookmark;

    fn from_str(token: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = token.split('.').collect();
        let [list, transaction, sequence] = parts[..] else {
            return Err(NotABookmark);
        };
        Ok(Self {
            list: list.parse().map_err(|_| NotABookmark)?,
            position: Position {
                transaction: transaction.parse().map_err(|_| NotABookmark)?,
                sequence: sequence.parse().map_err(|_| NotABookmark)?,
            },
        })
    }
}
