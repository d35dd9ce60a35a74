//! How busy the judgement of live facts and timers is, for those who must not disturb it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts the judgements under way in this process; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Live {
    under_way: Arc<AtomicUsize>,
}

/// One judgement under way, until it is dropped.
#[derive(Debug)]
pub struct UnderWay(Arc<AtomicUsize>);

impl Live {
    /// Notes that a judgement begins.
    #[must_use]
    pub fn begin(&self) -> UnderWay {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        UnderWay(Arc::clone(&self.under_way))
    }

    /// Returns whether there is one.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.under_way.load(Ordering::Relaxed) > 0
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_busy_while_a_judgement_is_under_way() {
        let live = Live::default();
        let (first, second) = (live.begin(), live.clone().begin());
        drop(first);
        assert!(live.is_busy());
        drop(second);
        assert!(!live.is_busy());
    }
}
