//! Whether an event that was not handled is lost, or still on its way.

use chrono::{DateTime, TimeDelta, Utc};

use crate::consume::processor::Processor;

/// Past this age an event counts as lost even though the broker is busy.
const STALE: TimeDelta = TimeDelta::minutes(5);

/// What tells a lost event from one that is still on its way.
pub(super) struct Judgement {
    /// The broker is away or has nothing left for this consumer.
    pub(super) nothing_comes: bool,
    /// When the stream was made: what is older is not in it.
    stream_created: Option<DateTime<Utc>>,
    /// The present by the wall clock, in which logs are written.
    now: DateTime<Utc>,
    grace: TimeDelta,
}

impl Judgement {
    /// Looks at the broker as it is now.
    pub(super) async fn of<H>(processor: &Processor<H>) -> Self {
        let (bus, subscription) = (&processor.bus, &processor.subscription);
        let backlog = bus
            .backlog(subscription.stream, &subscription.durable)
            .await;
        let is_empty =
            backlog.is_ok_and(|backlog| backlog.pending == 0 && backlog.unacknowledged == 0);
        Self {
            nothing_comes: is_empty || !bus.is_connected(),
            stream_created: bus
                .created_at(subscription.stream)
                .map(DateTime::<Utc>::from),
            now: Utc::now(),
            grace: TimeDelta::from_std(subscription.grace).unwrap_or(TimeDelta::zero()),
        }
    }

    /// Whether an event that was written then and is not handled is lost.
    pub(super) fn is_lost(&self, created_at: DateTime<Utc>) -> bool {
        let age = self.now - created_at;
        let before_stream = self
            .stream_created
            .is_some_and(|created| created_at < created);
        age >= self.grace && (self.nothing_comes || before_stream || age >= STALE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + seconds, 0).unwrap()
    }

    fn judgement(nothing_comes: bool) -> Judgement {
        Judgement {
            nothing_comes,
            stream_created: Some(at(-100)),
            now: at(0),
            grace: TimeDelta::seconds(5),
        }
    }

    #[test]
    fn an_event_on_its_way_is_lost_only_when_it_is_stale_or_older_than_the_stream() {
        let busy = judgement(false);
        assert!(!busy.is_lost(at(-99)));
        assert!(busy.is_lost(at(-101)));
        let old_stream = Judgement {
            stream_created: Some(at(-1_000)),
            ..busy
        };
        assert!(!old_stream.is_lost(at(-299)));
        assert!(old_stream.is_lost(at(-300)));
    }

    #[test]
    fn an_event_that_nothing_brings_is_lost_after_the_grace() {
        let idle = judgement(true);
        assert!(!idle.is_lost(at(-4)));
        assert!(idle.is_lost(at(-5)));
    }
}
