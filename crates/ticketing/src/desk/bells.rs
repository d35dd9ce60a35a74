//! Who is woken when there is something to do.

use tokio::sync::Notify;

/// One bell for each loop that waits for what is to be done next.
#[derive(Debug, Default)]
pub(super) struct Bells {
    pub(super) wakings: Notify,
    pub(super) calls: Notify,
    pub(super) questions: Notify,
    pub(super) bulks: Notify,
    pub(super) work: Notify,
}

impl Bells {
    /// After a commit, any of them may have something to do but the one of bulk operations: these
    /// begin seldom, and whoever begins one rings.
    pub(super) fn ring(&self) {
        self.wakings.notify_one();
        self.calls.notify_one();
        self.questions.notify_one();
        self.work.notify_one();
    }
}
