//! What a text reads, and where.

use order::{System, Systems};

/// The systems that a text reads, each with the byte at which it first does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reads(Vec<(System, usize)>);

impl Reads {
    pub(super) fn note(&mut self, system: System, at: usize) {
        match self.0.iter_mut().find(|(known, _)| *known == system) {
            Some((_, first)) => *first = at.min(*first),
            None => self.0.push((system, at)),
        }
    }

    /// All of them, wherever they are read.
    pub(crate) fn systems(&self) -> Systems {
        let systems = self.0.iter();
        systems.fold(Systems::NONE, |systems, (system, _)| systems.with(*system))
    }

    /// Those that are not among the `fed`, in the order of the text.
    pub(crate) fn missing(&self, fed: Systems) -> Vec<(System, usize)> {
        let missing = self.0.iter().filter(|(system, _)| !fed.contains(*system));
        let mut missing: Vec<_> = missing.copied().collect();
        missing.sort_unstable_by_key(|(_, at)| *at);
        missing
    }
}
