//! Who is on call: schedules without clock, socket or database.
//!
//! A [`Schedule`] is layers of rotating turns, each within [`Hours`], and [`Override`]s go before
//! all of them. Everything follows the wall clock of the schedule's zone, which [`WallClock`]
//! makes a scale that never goes back: a turn begins at the first instant at which the clock
//! shows its beginning or more, so that turns never overlap and never leave a gap, whatever
//! daylight saving does.

mod duty;
mod hours;
mod layer;
mod overriding;
mod roster;
mod schedule;
mod span;
mod wall;

pub use duty::{Duty, Source};
pub(crate) use hours::DAYS;
pub use hours::{Hours, HoursError};
pub use layer::{Layer, Turn};
pub use overriding::Override;
pub use roster::{Roster, Which};
pub use schedule::{OnCall, Schedule};
pub use span::Span;
pub use wall::{Reading, UnknownZone, WallClock};

#[cfg(test)]
mod tests;
