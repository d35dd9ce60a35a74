//! Names that lead where a test wants them to.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use outbound::dns::{Addrs, Name, Resolve, Resolving};

/// Answers each lookup by its number.
pub(crate) struct Names<F> {
    asked: AtomicUsize,
    answer: F,
}

impl<F: Fn(usize) -> Vec<IpAddr> + Send + Sync + 'static> Names<F> {
    pub(crate) fn leading(answer: F) -> Arc<Self> {
        Arc::new(Self {
            asked: AtomicUsize::new(0),
            answer,
        })
    }

    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl<F: Fn(usize) -> Vec<IpAddr> + Send + Sync + 'static> Resolve for Names<F> {
    fn resolve(&self, _name: Name) -> Resolving {
        let number = self.asked.fetch_add(1, Ordering::SeqCst);
        // With a port of its own, which nobody may be led to.
        let found = (self.answer)(number).into_iter();
        let found: Vec<_> = found.map(|ip| SocketAddr::new(ip, 9)).collect();
        Box::pin(async move { Ok(Box::new(found.into_iter()) as Addrs) })
    }
}
