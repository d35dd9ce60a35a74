//! The way to a database, which can be cut.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};

#[derive(Clone)]
pub(crate) struct Cable {
    address: SocketAddr,
    inside: Arc<Inside>,
}

#[derive(Default)]
struct Inside {
    is_cut: AtomicBool,
    cut: Notify,
    open: watch::Sender<usize>,
    most: AtomicUsize,
}

impl Cable {
    pub(crate) async fn to(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let cable = Self {
            address: listener.local_addr().unwrap(),
            inside: Arc::default(),
        };
        let inside = Arc::clone(&cable.inside);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(carried(near, target.clone(), Arc::clone(&inside)));
            }
        });
        cable
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn cut(&self) {
        self.inside.is_cut.store(true, Ordering::SeqCst);
        self.inside.cut.notify_waiters();
    }

    pub(crate) fn mend(&self) {
        self.inside.is_cut.store(false, Ordering::SeqCst);
    }

    /// Waits until no connection is open.
    pub(crate) async fn closed(&self) {
        let mut open = self.inside.open.subscribe();
        open.wait_for(|open| *open == 0).await.unwrap();
    }

    /// Returns how many were open at once, at most.
    pub(crate) fn most(&self) -> usize {
        self.inside.most.load(Ordering::SeqCst)
    }
}

async fn carried(mut near: TcpStream, target: String, inside: Arc<Inside>) {
    if inside.is_cut.load(Ordering::SeqCst) {
        return;
    }
    let mut far = TcpStream::connect(target).await.unwrap();
    inside.open.send_modify(|open| {
        *open += 1;
        inside.most.fetch_max(*open, Ordering::SeqCst);
    });
    tokio::select! {
        _ = copy_bidirectional(&mut near, &mut far) => {}
        () = inside.cut.notified() => {}
    }
    inside.open.send_modify(|open| *open -= 1);
}
