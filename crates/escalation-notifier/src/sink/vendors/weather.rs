//! How often a vendor answers wrongly.

use super::Misbehaviour;

/// Fractions of its multiples are spread evenly, so that shares are kept without chance.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// Shares of requests that are answered wrongly, each in its own way.
#[derive(Debug, Default)]
pub(super) struct Weather {
    shares: Vec<(f64, Misbehaviour)>,
    requests: u32,
}

impl Weather {
    pub(super) fn of(shares: Vec<(f64, Misbehaviour)>) -> Self {
        Self {
            shares,
            requests: 0,
        }
    }

    /// What becomes of the next request.
    pub(super) fn next(&mut self) -> Option<Misbehaviour> {
        self.requests = self.requests.wrapping_add(1);
        let mut place = (f64::from(self.requests) * GOLDEN).fract();
        for (share, how) in &self.shares {
            if place < *share {
                return Some(how.clone());
            }
            place -= share;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_gets_its_share() {
        let silence = (0.1, Misbehaviour::Silence);
        let mut weather = Weather::of(vec![silence, (0.2, Misbehaviour::ErrorCode(7))]);
        let answers: Vec<_> = (0..10_000).map(|_| weather.next()).collect();
        let count = |how: &Misbehaviour| answers.iter().flatten().filter(|it| *it == how).count();
        assert!(count(&Misbehaviour::Silence).abs_diff(1_000) < 20);
        assert!(count(&Misbehaviour::ErrorCode(7)).abs_diff(2_000) < 20);
    }
}
