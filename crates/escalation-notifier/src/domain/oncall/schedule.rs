//! A schedule: layers, and overrides before all of them.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    duty::{Duty, Source, joined, overlay},
    hours::Hours,
    layer::Layer,
    overriding::Override,
    span::Span,
    wall::WallClock,
};

/// How far ahead somebody who is next on call is looked for, in days: first near, then farther.
const LOOK_AHEAD: [i64; 3] = [8, 62, 732];

/// Who is on call when, in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Name, unique among schedules.
    pub name: String,
    /// The wall clock that everything in it follows.
    pub clock: WallClock,
    /// Rotations; a later one goes before an earlier one.
    pub layers: Vec<Layer>,
    /// When somebody must be on call; what of it is without anybody is a gap.
    pub cover: Hours,
}

/// Somebody is on call at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnCall<'a> {
    /// Who, by name in the directory.
    pub person: &'a str,
    /// By what.
    pub source: Source,
}

impl Schedule {
    /// Who is on call at an instant, if anybody.
    #[must_use]
    pub fn on_call_at<'a>(
        &'a self,
        overrides: &'a [Override],
        at: DateTime<Utc>,
    ) -> Option<OnCall<'a>> {
        let standing_in = self
            .overrides(overrides)
            .filter(|it| it.span.contains(at))
            .max_by_key(|it| (it.said_at, it.id));
        if let Some(it) = standing_in {
            return Some(OnCall {
                person: &it.person,
                source: Source::Override(it.id),
            });
        }
        let reading = self.clock.latest_reading(at);
        self.layers.iter().rev().find_map(|layer| {
            Some(OnCall {
                person: layer.holder(reading)?,
                source: Source::Layer(layer.name.clone()),
            })
        })
    }

    /// Who is on call in a span of time, sorted and disjoint.
    #[must_use]
    pub fn duties(&self, overrides: &[Override], within: Span) -> Vec<Duty> {
        let mut duties = Vec::new();
        for layer in &self.layers {
            duties = overlay(&duties, layer.duties(&self.clock, within));
        }
        let mut standing_in: Vec<&Override> = self.overrides(overrides).collect();
        standing_in.sort_by_key(|it| (it.said_at, it.id));
        for it in standing_in {
            let above = it.span.common(within).map(|span| Duty {
                span,
                person: it.person.clone(),
                source: Source::Override(it.id),
            });
            duties = overlay(&duties, above.into_iter().collect());
        }
        joined(duties)
    }

    /// When nobody is on call although somebody must be, in a span of time.
    #[must_use]
    pub fn gaps(&self, overrides: &[Override], within: Span) -> Vec<Span> {
        let duties = self.duties(overrides, within);
        let taken: Vec<Span> = duties.iter().map(|duty| duty.span).collect();
        let cover = self.cover.spans(&self.clock, within);
        cover
            .into_iter()
            .flat_map(|span| span.outside(&taken))
            .collect()
    }

    /// The duty at an instant, with when it began and when it ends, two years away at most.
    #[must_use]
    pub fn current(&self, overrides: &[Override], at: DateTime<Utc>) -> Option<Duty> {
        self.on_call_at(overrides, at)?;
        let duty = |days: i64| -> Option<(bool, Duty)> {
            let days = TimeDelta::days(days);
            let within = Span::new(at.checked_sub_signed(days)?, at.checked_add_signed(days)?)?;
            let mut duties = self.duties(overrides, within).into_iter();
            let duty = duties.find(|duty| duty.holds_at(at))?;
            let cut = duty.span.from() == within.from() || duty.span.until() == within.until();
            Some((!cut, duty))
        };
        let mut seen = None;
        for (whole, duty) in LOOK_AHEAD.into_iter().filter_map(duty) {
            seen = Some(duty);
            if whole {
                break;
            }
        }
        seen
    }

    /// The first duty after an instant of somebody who is not on call at it.
    #[must_use]
    pub fn next(&self, overrides: &[Override], at: DateTime<Utc>) -> Option<Duty> {
        let now = self.on_call_at(overrides, at).map(|it| it.person);
        LOOK_AHEAD.into_iter().find_map(|days| {
            let within = Span::new(at, at.checked_add_signed(TimeDelta::days(days))?)?;
            let mut duties = self.duties(overrides, within).into_iter();
            duties.find(|duty| Some(duty.person.as_str()) != now)
        })
    }

    fn overrides<'a>(&'a self, all: &'a [Override]) -> impl Iterator<Item = &'a Override> {
        all.iter().filter(|it| it.schedule == self.name)
    }
}
