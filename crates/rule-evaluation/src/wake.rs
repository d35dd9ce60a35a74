//! Tells the timers that something falls due before they meant to look again.

use std::sync::Arc;

use order::Timestamp;
use tokio::sync::watch;

/// The earliest instant that anybody asked for since the timers last looked.
#[derive(Debug, Clone)]
pub struct Wake {
    asked: Arc<watch::Sender<Timestamp>>,
}

impl Default for Wake {
    fn default() -> Self {
        Self {
            asked: Arc::new(watch::Sender::new(Timestamp::MAX)),
        }
    }
}

impl Wake {
    /// Asks for a look at once.
    pub fn now(&self) {
        self.at(Timestamp::MIN);
    }

    /// Asks for a look when the clock reaches an instant.
    pub fn at(&self, instant: Timestamp) {
        self.asked.send_if_modified(|asked| {
            let is_earlier = instant < *asked;
            *asked = instant.min(*asked);
            is_earlier
        });
    }

    /// Forgets what was asked for: whoever calls is about to look.
    #[must_use]
    pub fn begin_look(&self) -> watch::Receiver<Timestamp> {
        self.asked.send_modify(|asked| *asked = Timestamp::MAX);
        self.asked.subscribe()
    }
}
