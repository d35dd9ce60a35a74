//! Tickets that belong together, and how it is found that many have one cause.

use std::collections::HashMap;

use chrono::TimeDelta;
use thiserror::Error;
use uuid::Uuid;

use super::{Instant, holder::Holder, id::TicketId};

/// Why tickets belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// They are of one order.
    Case,
    /// They have one cause.
    Incident,
}

/// What the orders of an incident share beside their scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dimension {
    /// Nothing else.
    Nothing,
    /// The warehouse that ships them.
    Warehouse,
    /// The region to which they go.
    Region,
    /// The channel through which they were sold.
    Channel,
}

/// The cause of an incident, as far as it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The scenario of its tickets.
    pub scenario: String,
    /// What their orders share.
    pub dimension: Dimension,
    /// The warehouse, region or channel.
    pub value: String,
}

/// A group of tickets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its id.
    pub id: Uuid,
    /// Why its tickets belong together.
    pub kind: Kind,
    /// What it is about, in a few words.
    pub title: String,
    /// What was found to be shared.
    pub cause: Option<Cause>,
    /// The order of a case.
    pub order: String,
    /// Who answers for it as a whole.
    pub owner: Holder,
    /// When it was opened.
    pub opened_at: Instant,
    /// By whom.
    pub opened_by: String,
    /// How it ended.
    pub closing: Option<Closing>,
    /// How many tickets are in it.
    pub tickets: i64,
    /// How many of them are not resolved.
    pub open_tickets: i64,
    /// Grows with every change.
    pub version: i64,
}

/// Who came to a group and who left it by one change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moves {
    /// Tickets that came.
    pub joined: Vec<TicketId>,
    /// Tickets that left.
    pub left: Vec<TicketId>,
}

/// How a group ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// When.
    pub at: Instant,
    /// By whom.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// When many tickets are an incident.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Within which time they must have opened.
    pub window: TimeDelta,
    /// How many they must be.
    pub size: i64,
    /// How many times as many as usual.
    pub surge: f64,
}

/// How many tickets there are of one value of a dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// The dimension.
    pub dimension: Dimension,
    /// Its value.
    pub value: String,
    /// How many.
    pub tickets: i64,
}

/// Why a group cannot be changed so.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GroupRefusal {
    /// There is none of this id.
    #[error("there is no group {0}")]
    Unknown(Uuid),
    /// The id was used for another.
    #[error("group {0} is another one: make up an id of its own for each")]
    Other(Uuid),
    /// It is closed.
    #[error("group {id} was closed at {at} by {by}")]
    Closed {
        /// The group.
        id: Uuid,
        /// When.
        at: Instant,
        /// By whom.
        by: String,
    },
    /// The caller looked at an older version.
    #[error("group {id} has changed since version {seen}, it is at {current}: read it again")]
    Stale {
        /// The group.
        id: Uuid,
        /// The version that the caller looked at.
        seen: i64,
        /// The version it is at.
        current: i64,
    },
    /// A ticket that there is not.
    #[error("there is no ticket {0}")]
    NoTicket(TicketId),
    /// A ticket of another order does not belong in a case.
    #[error("ticket {ticket} is of order {order}, and the case is of order {case}")]
    OtherOrder {
        /// The ticket.
        ticket: TicketId,
        /// Its order.
        order: String,
        /// The order of the case.
        case: String,
    },
    /// It is in another group of that kind.
    #[error("ticket {ticket} is in group {group} already")]
    Elsewhere {
        /// The ticket.
        ticket: TicketId,
        /// The other group.
        group: Uuid,
    },
    /// There is a case of the order already.
    #[error("order {order} has a case already, {case}")]
    CaseIsThere {
        /// The order.
        order: String,
        /// Its case.
        case: Uuid,
    },
    /// Who asks does not work there.
    #[error("{person} does not work for {department}, which answers for the group")]
    NotPermitted {
        /// Login.
        person: String,
        /// The department.
        department: String,
    },
}

impl Moves {
    /// Only who came.
    #[must_use]
    pub fn in_with(joined: Vec<TicketId>) -> Self {
        Self {
            joined,
            left: Vec::new(),
        }
    }

    /// Who is to be added and who to be taken out; who is both is taken out.
    #[must_use]
    pub fn of(added: &[TicketId], removed: &[TicketId]) -> Self {
        let stays = |id: &&TicketId| !removed.contains(id);
        Self {
            joined: added.iter().filter(stays).copied().collect(),
            left: removed.to_vec(),
        }
    }
}

impl Kind {
    /// The word that the database keeps.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Case => "case",
            Self::Incident => "incident",
        }
    }
}

impl Dimension {
    /// The dimensions by which orders can be told apart.
    pub const TELLING: [Self; 3] = [Self::Warehouse, Self::Region, Self::Channel];

    /// The word that the database keeps.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Warehouse => "warehouse",
            Self::Region => "region",
            Self::Channel => "channel",
        }
    }

    /// The dimension behind a stored word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let all = [Self::Nothing].into_iter().chain(Self::TELLING);
        all.into_iter().find(|it| it.as_str() == word)
    }
}

impl Settings {
    /// Whether so many tickets are more than usual, when `usual` opened in `span` before.
    #[must_use]
    pub fn is_surge(&self, tickets: i64, usual: i64, span: TimeDelta) -> bool {
        let share = self.window.as_seconds_f64() / span.as_seconds_f64();
        tickets >= self.size && tickets as f64 >= self.surge * usual as f64 * share
    }

    /// The window in which the most of these instants lie, which are in order: its end, and how
    /// many. Of several the first.
    #[must_use]
    pub fn busiest(&self, instants: &[Instant]) -> Option<(Instant, i64)> {
        let mut first = 0;
        let mut busiest = None;
        for (last, end) in instants.iter().enumerate() {
            while instants[first] <= *end - self.window {
                first += 1;
            }
            let count = i64::try_from(last - first + 1).unwrap_or(i64::MAX);
            if busiest.is_none_or(|(_, most)| count > most) {
                busiest = Some((*end, count));
            }
        }
        busiest
    }

    /// Finds what tickets share that opened together, when `usual` is what those before shared.
    ///
    /// Each value is scored by `n · ln(share now / share before)`, its part of the
    /// log-likelihood ratio: many tickets count, and more so where there used to be few. So a
    /// warehouse that stands still is found, and not the channel through which everything is
    /// sold.
    #[must_use]
    pub fn shared(&self, now: &[Count], usual: &[Count]) -> (Dimension, String) {
        let before: HashMap<(Dimension, &str), i64> = usual
            .iter()
            .map(|it| ((it.dimension, it.value.as_str()), it.tickets))
            .collect();
        let score = |count: &Count| {
            let known = |it: &&Count| it.dimension == count.dimension;
            let all: i64 = now.iter().filter(known).map(|it| it.tickets).sum();
            let all_before: i64 = usual.iter().filter(known).map(|it| it.tickets).sum();
            let new = now.iter().filter(known);
            let unheard = new.filter(|it| !before.contains_key(&(it.dimension, it.value.as_str())));
            let values = usual.iter().filter(known).count() + unheard.count();
            let was = before.get(&(count.dimension, count.value.as_str()));
            let share = count.tickets as f64 / all as f64;
            let share_before =
                (was.copied().unwrap_or_default() + 1) as f64 / (all_before + values as i64) as f64;
            count.tickets as f64 * (share / share_before).ln()
        };
        let scored = now
            .iter()
            .filter(|count| count.tickets >= self.size)
            .map(|count| (score(count), count));
        let best = scored
            .filter(|(score, count)| *score > count.tickets as f64 * TELLING)
            .max_by(|(one, a), (other, b)| {
                one.total_cmp(other)
                    .then_with(|| b.dimension.cmp(&a.dimension))
            });
        best.map_or((Dimension::Nothing, String::new()), |(_, count)| {
            (count.dimension, count.value.clone())
        })
    }
}

/// A share must have grown by half for it to tell anything: ln 1.5.
const TELLING: f64 = 0.405;

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: Settings = Settings {
        window: TimeDelta::minutes(10),
        size: 50,
        surge: 3.0,
    };

    fn count(dimension: Dimension, value: &str, tickets: i64) -> Count {
        Count {
            dimension,
            value: value.to_owned(),
            tickets,
        }
    }

    fn usual() -> Vec<Count> {
        vec![
            count(Dimension::Warehouse, "east", 500),
            count(Dimension::Warehouse, "west", 500),
            count(Dimension::Channel, "tmall", 990),
            count(Dimension::Channel, "own", 10),
            count(Dimension::Region, "shanghai", 300),
            count(Dimension::Region, "beijing", 700),
        ]
    }

    #[test]
    fn a_warehouse_that_stands_still_is_told_from_the_channel_that_sells_everything() {
        let now = [
            count(Dimension::Warehouse, "east", 2_000),
            count(Dimension::Warehouse, "west", 100),
            count(Dimension::Channel, "tmall", 2_080),
            count(Dimension::Channel, "own", 20),
            count(Dimension::Region, "shanghai", 650),
            count(Dimension::Region, "beijing", 1_450),
        ];
        let found = SETTINGS.shared(&now, &usual());
        assert_eq!(found, (Dimension::Warehouse, "east".to_owned()));
    }

    #[test]
    fn what_hits_everything_alike_shares_nothing_but_its_scenario() {
        let now = [
            count(Dimension::Warehouse, "east", 1_000),
            count(Dimension::Warehouse, "west", 1_050),
            count(Dimension::Channel, "tmall", 2_050),
            count(Dimension::Region, "shanghai", 615),
            count(Dimension::Region, "beijing", 1_435),
        ];
        assert_eq!(SETTINGS.shared(&now, &usual()).0, Dimension::Nothing);
    }

    #[test]
    fn a_shop_without_a_past_or_with_one_warehouse_is_no_special_case() {
        let one = [
            count(Dimension::Warehouse, "only", 90),
            count(Dimension::Region, "jinan", 80),
            count(Dimension::Region, "wuhan", 5),
            count(Dimension::Region, "xiamen", 5),
        ];
        let found = SETTINGS.shared(&one, &[]);
        assert_eq!(found, (Dimension::Region, "jinan".to_owned()));
        assert_eq!(SETTINGS.shared(&[], &[]).0, Dimension::Nothing);
    }

    #[test]
    fn the_busiest_window_is_the_one_that_counting_finds() {
        let at = |seconds: &i64| Instant::UNIX_EPOCH + TimeDelta::seconds(*seconds);
        let seconds = [0, 5, 600, 601, 700, 1_199, 1_200, 1_201, 1_300, 9_000];
        let instants: Vec<Instant> = seconds.iter().map(at).collect();
        let within = |end: &i64| {
            seconds
                .iter()
                .filter(|it| (*end - 599..=*end).contains(*it))
                .count()
        };
        let most = seconds.iter().map(within).max().unwrap();
        let first = seconds.iter().find(|end| within(end) == most).unwrap();
        let expected = (at(first), i64::try_from(most).unwrap());
        assert_eq!(SETTINGS.busiest(&instants), Some(expected));
        assert_eq!(SETTINGS.busiest(&[]), None);
    }

    #[test]
    fn a_surge_is_many_and_more_than_usual() {
        let day = TimeDelta::days(1);
        assert!(SETTINGS.is_surge(50, 0, day));
        assert!(!SETTINGS.is_surge(49, 0, day));
        // 144 windows a day: 7,200 are 50 in each.
        assert!(SETTINGS.is_surge(150, 7_200, day));
        assert!(!SETTINGS.is_surge(149, 7_200, day));
    }
}
