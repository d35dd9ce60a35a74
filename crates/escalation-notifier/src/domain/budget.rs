//! How many messages a vendor's windows still take, whatever time each is under way.
//!
//! A vendor counts messages as they arrive, and when that is nobody here knows: at some instant
//! between the beginning of a request and its end. So a message takes its place from its beginning
//! until a window after its end. Of all that arrive within one window, the one that began last
//! found every other still in its place: there are never more of them than there are places.

use std::time::Duration;

/// A window of more messages is not counted: nobody sends as fast.
const COUNTED: u32 = 10_000;

/// What a robot may send.
#[derive(Debug, Clone, PartialEq)]
pub struct Budget {
    /// Messages in every window of so long that is counted.
    windows: Vec<(u32, Duration)>,
    /// Ordinary messages that may go at once after a rest.
    pub burst: f64,
    /// Ordinary messages a second after that.
    pub rate: f64,
}

/// A robot's bucket as it stands.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bucket {
    /// Tokens in it, one an ordinary message.
    pub tokens: f64,
    /// Real time until the robot may send anything again.
    pub rest: Duration,
    /// For each message of late, how many seconds ago its request ended; less than none where
    /// it may go on for so long.
    pub ended_ago: Vec<f64>,
}

/// Whether a message overtakes others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// As soon as the vendor's windows have a place.
    Urgent,
    /// Spread, and never in the places that are kept for what is urgent.
    Ordinary,
}

impl Budget {
    /// A budget within every one of these windows: a quarter of the narrowest at once, the rest
    /// spread, and a quarter of each kept for what is urgent. `None` without any window.
    #[must_use]
    pub fn within(windows: &[(u32, Duration)]) -> Option<Self> {
        let narrowest = windows.iter().map(|(messages, _)| *messages).min()?;
        let counted = windows.iter().copied();
        let counted = counted.filter(|(messages, _)| *messages <= COUNTED);
        let rates = windows.iter().map(|(messages, window)| {
            f64::from(messages - reserved(*messages)) / window.as_secs_f64()
        });
        Some(Self {
            windows: counted.collect(),
            burst: f64::from((narrowest / 4).max(1)),
            rate: rates.fold(f64::INFINITY, f64::min),
        })
    }

    /// The longest of the windows; `None` where none is counted.
    #[must_use]
    pub fn longest(&self) -> Option<Duration> {
        self.windows.iter().map(|(_, window)| *window).max()
    }

    /// How many messages may go now.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a bucket holds few tokens, and less than none is none"
    )]
    pub fn messages(&self, bucket: &Bucket, pace: Pace) -> u32 {
        if !bucket.rest.is_zero() {
            return 0;
        }
        let places = self.places(pace).map(|(places, window)| {
            let taken = bucket
                .ended_ago
                .iter()
                .filter(|ago| is_within(**ago, window));
            places.saturating_sub(u32::try_from(taken.count()).unwrap_or(u32::MAX))
        });
        let free = places.min().unwrap_or(u32::MAX);
        match pace {
            Pace::Urgent => free,
            Pace::Ordinary => free.min(bucket.tokens.floor() as u32),
        }
    }

    /// Real time until a message may go, if every request that is under way ended now.
    #[must_use]
    pub fn until(&self, bucket: &Bucket, pace: Pace) -> Duration {
        let mut ago: Vec<f64> = bucket.ended_ago.iter().map(|ago| ago.max(0.0)).collect();
        ago.sort_by(f64::total_cmp);
        let waits = self.places(pace).map(|(places, window)| {
            // As many of the latest as there are places are in the way of one more.
            let in_the_way = ago.get((places as usize).saturating_sub(1));
            in_the_way.map_or(0.0, |ago| window.as_secs_f64() - ago)
        });
        let refill = match pace {
            Pace::Urgent => 0.0,
            Pace::Ordinary => (1.0 - bucket.tokens) / self.rate,
        };
        let wait = waits.fold(refill, f64::max).max(0.0);
        bucket.rest + Duration::try_from_secs_f64(wait).unwrap_or_default()
    }

    /// Places in each window.
    fn places(&self, pace: Pace) -> impl Iterator<Item = (u32, Duration)> {
        self.windows
            .iter()
            .map(move |&(messages, window)| match pace {
                Pace::Urgent => (messages, window),
                Pace::Ordinary => (messages - reserved(messages), window),
            })
    }
}

/// Places of a window that are kept for what is urgent.
fn reserved(messages: u32) -> u32 {
    messages / 4
}

fn is_within(ended_ago: f64, window: Duration) -> bool {
    ended_ago < window.as_secs_f64()
}

#[cfg(test)]
mod tests;
