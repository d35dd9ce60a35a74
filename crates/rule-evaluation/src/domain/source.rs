//! How far sources are complete, and so how far verdicts may go.

use contracts::facts::Declaration;
use order::{Systems, Timestamp};

/// One source as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// What it promised.
    pub declaration: Declaration,
    /// Its batches are judged without a gap up to this sequence.
    pub frontier: i64,
    /// It is complete up to this instant.
    pub watermark: Option<Timestamp>,
    /// When it was first heard of.
    pub known_since: Option<Timestamp>,
}

/// All declared sources, as the journal knew them at one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    /// The higher is the newer.
    pub version: i64,
    /// Every source.
    pub sources: Vec<Declaration>,
}

/// Every source at one instant.
#[derive(Debug, Clone)]
pub struct Completeness {
    now: Timestamp,
    standings: Vec<Standing>,
}

impl Standing {
    /// Returns how far the source itself says that it is complete.
    #[must_use]
    pub fn stated(&self, now: Timestamp) -> Timestamp {
        if self.declaration.states_watermarks {
            self.watermark.unwrap_or(Timestamp::MIN).min(now)
        } else {
            now
        }
    }

    /// Returns how far a verdict need not wait for the source any longer: as far as
    /// it is complete, or as its patience has run out.
    #[must_use]
    pub fn awaited(&self, now: Timestamp) -> Timestamp {
        let run_out = self
            .declaration
            .patience
            .map_or(Timestamp::MIN, |patience| now - patience);
        self.stated(now).max(run_out)
    }

    /// Returns from when on it is late, if it says nothing more; none if it never is.
    #[must_use]
    pub fn late_from(&self) -> Option<Timestamp> {
        let late_after = self
            .declaration
            .late_after
            .filter(|_| self.declaration.states_watermarks)?;
        let complete_through = self.watermark.or(self.known_since)?;
        Some(complete_through + late_after)
    }
}

impl Completeness {
    /// Takes the sources as they stand at an instant.
    #[must_use]
    pub const fn new(now: Timestamp, standings: Vec<Standing>) -> Self {
        Self { now, standings }
    }

    /// Returns the instant at which they stood so.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Returns every source.
    #[must_use]
    pub fn standings(&self) -> &[Standing] {
        &self.standings
    }

    /// Returns the systems that any source feeds.
    #[must_use]
    pub fn fed(&self) -> Systems {
        let sources = self.standings.iter();
        sources.fold(Systems::NONE, |fed, source| {
            fed.with(source.declaration.system)
        })
    }

    /// Returns the instant up to which verdicts that read these systems are given.
    #[must_use]
    pub fn effective(&self, systems: Systems) -> Timestamp {
        self.of(systems)
            .map(|source| source.awaited(self.now))
            .min()
            .unwrap_or(self.now)
    }

    /// Returns the instant up to which such verdicts are certain.
    #[must_use]
    pub fn confirmed(&self, systems: Systems) -> Timestamp {
        self.of(systems)
            .map(|source| source.stated(self.now))
            .min()
            .unwrap_or(self.now)
    }

    /// Walks through the sources that are not complete up to an instant.
    pub fn late(&self, systems: Systems, at: Timestamp) -> impl Iterator<Item = &Standing> {
        self.of(systems)
            .filter(move |source| source.stated(self.now) < at)
    }

    /// Returns when `effective` of these systems passes an instant, if only the clock
    /// moves and no source says anything more; none if it would wait for ever.
    #[must_use]
    pub fn reaches(&self, systems: Systems, instant: Timestamp) -> Option<Timestamp> {
        self.of(systems)
            .map(|source| {
                let declaration = &source.declaration;
                if !declaration.states_watermarks || source.stated(self.now) > instant {
                    Some(instant)
                } else {
                    declaration.patience.map(|patience| instant + patience)
                }
            })
            .try_fold(instant, |latest, at| at.map(|at| latest.max(at)))
    }

    /// Walks through the sources that feed any of some systems.
    pub fn of(&self, systems: Systems) -> impl Iterator<Item = &Standing> {
        self.standings
            .iter()
            .filter(move |source| systems.contains(source.declaration.system))
    }
}

/// What a timer waits for, as it is stored: the systems that must be complete, and
/// whether their patience counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimerGate {
    /// The systems that the verdict reads.
    pub systems: Systems,
    /// Waits for the sources' own word, to confirm what was said without it.
    pub confirming: bool,
}

impl TimerGate {
    const CONFIRMING: i16 = 0x100;

    /// Returns it as stored.
    #[must_use]
    pub const fn to_stored(self) -> i16 {
        let flag = if self.confirming { Self::CONFIRMING } else { 0 };
        self.systems.bits() as i16 | flag
    }

    /// Reads it from what was stored.
    #[must_use]
    pub const fn from_stored(stored: i16) -> Self {
        Self {
            systems: Systems::from_bits(stored as u8),
            confirming: stored & Self::CONFIRMING != 0,
        }
    }

    /// Returns the instant before which its timers are due.
    #[must_use]
    pub fn due_before(self, completeness: &Completeness) -> Timestamp {
        if self.confirming {
            completeness.confirmed(self.systems)
        } else {
            completeness.effective(self.systems)
        }
    }

    /// Returns when a timer of it falls due, if only the clock moves.
    #[must_use]
    pub fn falls_due(self, completeness: &Completeness, instant: Timestamp) -> Option<Timestamp> {
        if !self.confirming {
            return completeness.reaches(self.systems, instant);
        }
        (completeness.confirmed(self.systems) > instant).then_some(instant)
    }
}

#[cfg(test)]
mod tests {
    use order::{Span, System};

    use super::*;

    fn source(name: &str, system: System, patience_hours: Option<i64>) -> Standing {
        Standing {
            declaration: Declaration {
                source: name.parse().unwrap(),
                system,
                states_watermarks: true,
                patience: patience_hours.map(Span::from_hours),
                late_after: None,
            },
            frontier: 0,
            watermark: None,
            known_since: None,
        }
    }

    fn hours(hours: i64) -> Timestamp {
        Timestamp::from_seconds(hours * 3_600)
    }

    const BOTH: Systems = Systems::NONE.with(System::Erp).with(System::Logistics);

    #[test]
    fn a_verdict_waits_for_the_slowest_source_that_it_reads() {
        let mut erp = source("erp", System::Erp, None);
        let mut carrier = source("carrier", System::Logistics, None);
        erp.watermark = Some(hours(90));
        carrier.watermark = Some(hours(70));
        let at = Completeness::new(hours(100), vec![erp, carrier]);
        assert_eq!(at.effective(BOTH), hours(70));
        assert_eq!(at.effective(Systems::NONE.with(System::Erp)), hours(90));
        assert_eq!(at.effective(Systems::NONE.with(System::Crm)), hours(100));
    }

    #[test]
    fn patience_runs_out_and_the_late_source_is_named() {
        let mut carrier = source("carrier", System::Logistics, Some(6));
        carrier.watermark = Some(hours(70));
        let at = Completeness::new(hours(100), vec![carrier]);
        assert_eq!(at.effective(BOTH), hours(94));
        assert_eq!(at.confirmed(BOTH), hours(70));
        let late: Vec<_> = at
            .late(BOTH, hours(80))
            .map(|standing| standing.declaration.source.as_str())
            .collect();
        assert_eq!(late, ["carrier"]);
        assert_eq!(at.reaches(BOTH, hours(95)), Some(hours(101)));
    }

    #[test]
    fn a_source_that_never_spoke_and_is_waited_for_without_end_holds_everything() {
        let at = Completeness::new(hours(100), vec![source("erp", System::Erp, None)]);
        assert_eq!(at.effective(BOTH), Timestamp::MIN);
        assert_eq!(at.reaches(BOTH, hours(1)), None);
    }

    #[test]
    fn a_watermark_in_the_future_does_not_let_verdicts_run_ahead_of_the_clock() {
        let mut erp = source("erp", System::Erp, None);
        erp.watermark = Some(hours(200));
        assert_eq!(
            Completeness::new(hours(100), vec![erp]).effective(BOTH),
            hours(100)
        );
    }
}
