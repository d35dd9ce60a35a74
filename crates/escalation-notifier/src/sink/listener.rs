//! What stand-ins have in common: a port of their own, and insides that tests look into.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{net::TcpListener, task::JoinHandle};

/// What a stand-in knows, shared between its connections and the test.
#[derive(Debug, Default)]
pub(super) struct Shared<I>(Arc<Mutex<I>>);

impl<I> Shared<I> {
    /// Looks at it; a test that panicked while it looked spoils nothing.
    pub(super) fn lock(&self) -> MutexGuard<'_, I> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<I> Clone for Shared<I> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// A server that listens until it is dropped.
#[derive(Debug)]
pub(super) struct Listener<I> {
    address: SocketAddr,
    inside: Shared<I>,
    task: JoinHandle<()>,
}

impl<I: Default> Listener<I> {
    /// Binds the address and lets `serve` answer there.
    pub(super) async fn start<S>(
        address: SocketAddr,
        serve: impl FnOnce(TcpListener, Shared<I>) -> S,
    ) -> io::Result<Self>
    where
        S: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let inside = Shared::default();
        let task = tokio::spawn(serve(listener, inside.clone()));
        Ok(Self {
            address,
            inside,
            task,
        })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, I> {
        self.inside.lock()
    }
}

impl<I> Drop for Listener<I> {
    fn drop(&mut self) {
        self.task.abort();
    }
}
