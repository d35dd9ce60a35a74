//! Tickets with something in common are told of together.
//!
//! The semantics are those of Alertmanager: a new group waits for a moment, so
//! that what happens together is told together; from then on it is looked at
//! in intervals, and is told when somebody joined or everybody left, or again
//! after a while when nothing changed. One thing differs: of what was over
//! before it was told, nobody is told that it is over.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{label::Label, ticket::Ticket};

/// Namespace of group ids.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f72_6465_7277_4174_8368_6772_6f75_7073);

/// Namespace of the ids of all of a route that have labels in common.
const WHOLE: Uuid = Uuid::from_u128(0x6f72_6465_7277_4174_8368_6372_6f77_6473);

/// How tickets are told of together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grouping {
    /// Labels that the tickets of a group have in common.
    pub by: Vec<Label>,
    /// How long a group waits, and how often it is told.
    pub timing: Timing,
}

/// That a notice belongs to a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joining {
    /// The group.
    pub group: Uuid,
    /// How it waits, when it begins with this.
    pub timing: Timing,
    /// When the notice was due.
    pub began_at: DateTime<Utc>,
}

/// How long a group waits, and how often it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// How long a new group waits for more.
    pub wait: Duration,
    /// How long until a group that was told is looked at again.
    pub interval: Duration,
    /// How long until a group is told again in which nothing changed.
    pub repeat: Duration,
}

/// How many tickets of a route there are with the same values of the labels that it groups by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Size {
    /// That are not resolved.
    pub unresolved: u32,
    /// Of these, those that nobody has acknowledged.
    pub unacknowledged: u32,
}

/// Sizes of groups.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sizes(HashMap<Uuid, Size>);

/// Tickets that are told of together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// When it is looked at next.
    pub next_flush_at: DateTime<Utc>,
    /// When it was told last.
    pub notified_at: Option<DateTime<Utc>>,
    /// Its tickets, by id.
    pub members: BTreeMap<String, Member>,
}

/// A ticket in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Member {
    /// Whether somebody still has to act.
    pub open: bool,
    /// Whether it was told as such.
    pub told: bool,
}

/// What is to be told of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// Its open tickets.
    pub open: Vec<String>,
    /// Those that are over since it was told last.
    pub over: Vec<String>,
    /// Whether nothing changed, and it is told again.
    pub is_repeated: bool,
}

impl Grouping {
    /// The group that a notice of a ticket belongs to: one a place in a policy,
    /// such as a level of a route, and values of the labels.
    #[must_use]
    pub fn joining(&self, place: &[&str], ticket: &Ticket, began_at: DateTime<Utc>) -> Joining {
        Joining {
            group: self.group(&NAMESPACE, place, ticket),
            timing: self.timing,
            began_at,
        }
    }

    /// The tickets that a route of a policy has with the same values of the labels, whatever their
    /// levels.
    #[must_use]
    pub fn whole(&self, policy: &str, route: &str, ticket: &Ticket) -> Uuid {
        self.group(&WHOLE, &[policy, route], ticket)
    }

    fn group(&self, namespace: &Uuid, place: &[&str], ticket: &Ticket) -> Uuid {
        let values = self.by.iter().map(|label| label.of(ticket).into_owned());
        let place = place.iter().map(|&part| part.to_owned());
        let key: Vec<String> = place.chain(values).collect();
        Uuid::new_v5(namespace, key.join("\u{1f}").as_bytes())
    }
}

impl Size {
    /// How many count for a level that is told while a ticket is open, or while nobody has
    /// acknowledged it.
    #[must_use]
    pub fn counted(self, while_open: bool) -> u32 {
        match while_open {
            true => self.unresolved,
            false => self.unacknowledged,
        }
    }
}

impl Sizes {
    /// Size of a group; of one that is not known, none.
    #[must_use]
    pub fn of(&self, group: Uuid) -> Size {
        self.0.get(&group).copied().unwrap_or_default()
    }
}

impl FromIterator<(Uuid, Size)> for Sizes {
    fn from_iter<I: IntoIterator<Item = (Uuid, Size)>>(sizes: I) -> Self {
        Self(sizes.into_iter().collect())
    }
}

impl Timing {
    /// What holds where a policy says nothing: Alertmanager's defaults.
    pub const USUAL: Self = Self {
        wait: Duration::from_secs(30),
        interval: Duration::from_secs(5 * 60),
        repeat: Duration::from_secs(4 * 3600),
    };

    /// When a new group is told whose first ticket began at an instant: what
    /// is old already waits no longer.
    #[must_use]
    pub fn first_flush(&self, began_at: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
        if began_at + self.wait < now {
            now
        } else {
            now + self.wait
        }
    }
}

impl Group {
    /// A group that nobody has joined yet.
    #[must_use]
    pub fn new(next_flush_at: DateTime<Utc>) -> Self {
        Self {
            next_flush_at,
            notified_at: None,
            members: BTreeMap::new(),
        }
    }

    /// Looks at it at `now`: what is to be told. What is over leaves it.
    #[must_use]
    pub fn flush(mut self, now: DateTime<Utc>, timing: Timing) -> (Self, Option<News>) {
        let news = self.news(now, timing);
        self.members.retain(|_, member| member.open);
        if news.is_some() {
            self.notified_at = Some(now);
            for member in self.members.values_mut() {
                member.told = true;
            }
        }
        self.next_flush_at = now + timing.interval;
        (self, news)
    }

    fn news(&self, now: DateTime<Utc>, timing: Timing) -> Option<News> {
        let ids = |of: fn(&Member) -> bool| -> Vec<String> {
            let members = self.members.iter().filter(|(_, member)| of(member));
            members.map(|(id, _)| id.clone()).collect()
        };
        let open = ids(|member| member.open);
        let over = ids(|member| !member.open && member.told);
        let somebody_joined = self.members.values().any(|it| it.open && !it.told);
        let changed = somebody_joined || !over.is_empty();
        let again = self
            .notified_at
            .is_some_and(|at| !open.is_empty() && at + timing.repeat < now);
        (changed || again).then_some(News {
            open,
            over,
            is_repeated: !changed,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TIMING: Timing = Timing {
        wait: Duration::from_secs(2),
        interval: Duration::from_secs(4),
        repeat: Duration::from_secs(10),
    };

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(seconds)
    }

    fn group(members: &[(&str, bool, bool)]) -> Group {
        let mut group = Group::new(at(2));
        for (id, open, told) in members {
            let (open, told) = (*open, *told);
            group
                .members
                .insert((*id).to_owned(), Member { open, told });
        }
        group
    }

    #[test]
    fn a_new_group_waits_unless_its_first_ticket_is_old() {
        assert_eq!(TIMING.first_flush(at(100), at(100)), at(102));
        assert_eq!(TIMING.first_flush(at(0), at(100)), at(100));
    }

    #[test]
    fn what_was_over_before_it_was_told_is_not_told() {
        let (group, news) = group(&[("A", false, false)]).flush(at(2), TIMING);
        assert_eq!(news, None);
        assert!(group.members.is_empty());
    }

    #[test]
    fn a_group_is_told_again_when_nothing_changed_for_long() {
        let (group, news) = group(&[("A", true, false)]).flush(at(2), TIMING);
        assert!(news.is_some_and(|news| !news.is_repeated));
        let (group, news) = group.flush(at(10), TIMING);
        assert_eq!(news, None);
        let (_, news) = group.flush(at(14), TIMING);
        assert!(news.is_some_and(|news| news.is_repeated && news.open == ["A"]));
    }

    proptest! {
        /// Everybody who is open at a flush has been told after it, nobody's end is told
        /// twice, and none whose beginning was not.
        #[test]
        fn each_beginning_and_each_end_is_told_once(
            changes in prop::collection::vec((0_usize..4, any::<bool>()), 0..40),
        ) {
            let names = ["A", "B", "C", "D"];
            let mut group = Group::new(at(2));
            let mut known = BTreeMap::new();
            for (tick, changes) in changes.chunks(3).enumerate() {
                for (name, open) in changes {
                    let name = names[*name].to_owned();
                    let member = group.members.get(&name).copied().unwrap_or_default();
                    group.members.insert(name, Member { open: *open, ..member });
                }
                let now = at(2 + 4 * i64::try_from(tick).unwrap());
                let open: Vec<String> = group.members.iter().filter(|(_, it)| it.open).map(|(id, _)| id.clone()).collect();
                let (next, news) = group.flush(now, TIMING);
                group = next;
                if let Some(news) = news {
                    prop_assert_eq!(&news.open, &open);
                    for over in &news.over {
                        prop_assert_eq!(known.remove(over), Some(()));
                    }
                    known.extend(news.open.into_iter().map(|id| (id, ())));
                }
                prop_assert!(open.iter().all(|id| known.contains_key(id)));
                prop_assert!(known.keys().all(|id| open.contains(id)));
            }
        }
    }
}
