//! Those who call the webhook, each with one order after the other, each order until it is taken.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

const CALLERS: usize = 4;
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct Callers {
    known: Arc<Known>,
    threads: Vec<JoinHandle<u64>>,
}

/// What is known while they call.
#[derive(Default)]
struct Known {
    taken: AtomicUsize,
    put_off: AtomicUsize,
    is_over: AtomicBool,
}

impl Callers {
    pub(crate) fn call(address: SocketAddr, path: &str) -> Self {
        let known = Arc::<Known>::default();
        let begin = |share| {
            let (known, path) = (Arc::clone(&known), path.to_owned());
            thread::spawn(move || insist(&known, address, &path, share))
        };
        Self {
            threads: (0..CALLERS).map(begin).collect(),
            known,
        }
    }

    /// How often one was told to come again.
    pub(crate) fn put_off(&self) -> usize {
        self.known.put_off.load(Ordering::Relaxed)
    }

    /// Waits until one was told so again.
    pub(crate) fn put_off_since(&self, before: usize) {
        until(&self.known.put_off, before + 1, "nobody is put off");
    }

    /// Waits until so many more orders were taken.
    pub(crate) fn taken_more(&self, more: usize) {
        let goal = self.known.taken.load(Ordering::Relaxed) + more;
        until(&self.known.taken, goal, "nothing is taken any more");
    }

    /// Lets each finish its order; returns how many orders were taken.
    pub(crate) fn stop(self) -> u64 {
        self.known.is_over.store(true, Ordering::Relaxed);
        let callers = self.threads.into_iter();
        callers.map(|caller| caller.join().unwrap()).sum()
    }
}

fn until(count: &AtomicUsize, goal: usize, else_say: &str) {
    let deadline = Instant::now() + PATIENCE;
    while count.load(Ordering::Relaxed) < goal {
        assert!(Instant::now() < deadline, "{else_say}");
        thread::yield_now();
    }
}

fn insist(known: &Known, address: SocketAddr, path: &str, share: usize) -> u64 {
    let mut taken = 0;
    while !known.is_over.load(Ordering::Relaxed) {
        let id = format!("called-{share}-{taken}");
        loop {
            match post(address, path, &format!(r#"{{"id":"{id}"}}"#)) {
                200 => break,
                503 => known.put_off.fetch_add(1, Ordering::Relaxed),
                // Not yet applied.
                404 if taken == 0 => continue,
                status => panic!("{id} is answered {status}"),
            };
        }
        known.taken.fetch_add(1, Ordering::Relaxed);
        taken += 1;
    }
    taken
}

/// Makes a call over a connection of its own; returns the status of its answer.
fn post(address: SocketAddr, path: &str, body: &str) -> u16 {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nhost: hooks.example.com\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
    .unwrap();
    let status = BufReader::new(stream).lines().next().unwrap().unwrap();
    status.split(' ').nth(1).unwrap().parse().unwrap()
}
