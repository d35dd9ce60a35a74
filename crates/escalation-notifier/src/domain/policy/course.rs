//! What several routes say together of one ticket: its stages in time.

use chrono::{DateTime, Utc};

use super::{
    delay::Delay,
    route::{Level, Reminder, Route},
};
use crate::domain::{escalation::Cause, ticket::Transition};

/// The routes that have a ticket, as one.
#[derive(Debug, Clone)]
pub struct Course<'a> {
    routes: Vec<&'a Route>,
}

/// One thing that is told when nobody has acted by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stage<'a> {
    /// When.
    pub due_at: DateTime<Utc>,
    /// Level, from 1: levels of several routes that are due together are one.
    pub level: u32,
    /// How many times it was told before.
    pub repetition: u32,
    /// Who is told, and how.
    pub telling: &'a Level,
    /// Route that says so.
    pub route: &'a Route,
}

impl<'a> Course<'a> {
    pub(super) fn of(routes: Vec<&'a Route>) -> Self {
        Self { routes }
    }

    /// Everything that is told of a round that began at an instant, in the
    /// order in which it is due. The same instant gives the same stages.
    #[must_use]
    pub fn stages(&self, began_at: DateTime<Utc>) -> Vec<Stage<'a>> {
        let levels = || {
            let routes = self.routes.iter();
            routes.flat_map(|&route| route.terms.levels.iter().map(move |level| (route, level)))
        };
        let mut beginnings: Vec<DateTime<Utc>> = levels()
            .map(|(_, level)| level.delay.after(began_at))
            .collect();
        beginnings.sort_unstable();
        beginnings.dedup();
        let mut stages: Vec<Stage<'a>> = levels()
            .flat_map(|(route, telling)| {
                let begins_at = telling.delay.after(began_at);
                let before = beginnings.partition_point(|instant| *instant < begins_at);
                let level = u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1);
                times(telling, begins_at).map(move |(repetition, due_at)| Stage {
                    due_at,
                    level,
                    repetition,
                    telling,
                    route,
                })
            })
            .collect();
        // Stable, so that routes keep their order among what is due together.
        stages.sort_by_key(|stage| (stage.due_at, stage.level, stage.repetition));
        stages
    }

    /// Whom each route tells of something that happened, beside the levels.
    pub fn reminders(&self, transition: Transition) -> impl Iterator<Item = (Cause, &'a Reminder)> {
        let routes = self.routes.iter();
        routes.filter_map(move |route| route.terms.reminder(transition))
    }

    /// Whether whoever was told is also told of the resolution.
    #[must_use]
    pub fn tells_resolution(&self) -> bool {
        self.routes.iter().any(|route| route.terms.tells_resolution)
    }

    /// When an unresolved ticket comes back that somebody last did something
    /// with at an instant: by the route that waits least.
    #[must_use]
    pub fn comes_back(&self, touched_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let waits = self
            .routes
            .iter()
            .filter_map(|route| route.terms.comes_back.as_ref());
        waits.map(|wait: &Delay| wait.after(touched_at)).min()
    }
}

/// The instants at which a level is told, each with how often it was before.
fn times(level: &Level, begins_at: DateTime<Utc>) -> impl Iterator<Item = (u32, DateTime<Utc>)> {
    let again = level.repeat.as_ref().map_or(0, |repeat| repeat.at_most);
    let mut due_at = begins_at;
    std::iter::once((0, begins_at)).chain((1..=again).map(move |repetition| {
        if let Some(repeat) = &level.repeat {
            due_at = repeat.every.after(due_at);
        }
        (repetition, due_at)
    }))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::domain::policy::{Channel, Policy, Recipient, route::Repeat};

    fn minutes(minutes: u64) -> Delay {
        Delay::wall(Duration::from_secs(60 * minutes))
    }

    fn level(delay: u64, repeat: Option<(u64, u32)>) -> Level {
        Level {
            repeat: repeat.map(|(every, at_most)| Repeat {
                every: minutes(every),
                at_most,
            }),
            ..Level::telling(minutes(delay), Recipient::Fallback, Channel::Log)
        }
    }

    fn route(levels: Vec<Level>) -> Route {
        let mut route = Policy::built_in().root;
        route.terms.levels = levels;
        route
    }

    fn told(routes: &[Route]) -> Vec<(i64, u32, u32)> {
        let course = Course::of(routes.iter().collect());
        let stages = course.stages(DateTime::UNIX_EPOCH).into_iter();
        stages
            .map(|stage| (stage.due_at.timestamp() / 60, stage.level, stage.repetition))
            .collect()
    }

    #[test]
    fn a_level_is_repeated_between_the_levels_that_follow() {
        let told = told(&[route(vec![level(0, Some((20, 2))), level(30, None)])]);
        assert_eq!(told, [(0, 1, 0), (20, 1, 1), (30, 2, 0), (40, 1, 2)]);
    }

    #[test]
    fn levels_of_two_routes_that_are_due_together_are_one() {
        let one = route(vec![level(0, None), level(30, None)]);
        let other = route(vec![level(0, None), level(15, None)]);
        let told = told(&[one, other]);
        assert_eq!(told, [(0, 1, 0), (0, 1, 0), (15, 2, 0), (30, 3, 0)]);
    }

    proptest! {
        /// Stages come in the order in which they are due, none is missing, and
        /// a level begins only after every lower one has.
        #[test]
        fn stages_are_whole_and_in_order(
            levels in prop::collection::vec((0_u64..90, prop::option::of((1_u64..40, 1_u32..5))), 0..6),
        ) {
            let built = levels.iter().map(|(delay, repeat)| level(*delay, *repeat)).collect();
            let told = told(&[route(built)]);
            let again: u32 = levels.iter().filter_map(|(_, repeat)| repeat.map(|it| it.1)).sum();
            prop_assert_eq!(told.len(), levels.len() + usize::try_from(again).unwrap());
            prop_assert!(told.is_sorted_by_key(|stage| stage.0));
            let begun: Vec<u32> = told.iter().filter(|it| it.2 == 0).map(|it| it.1).collect();
            prop_assert!(begun.is_sorted());
            if let Some(last) = begun.last() {
                prop_assert_eq!(begun.iter().collect::<std::collections::BTreeSet<_>>().len(), *last as usize);
            }
        }
    }
}
