//! A vendor whose list grows with every look at it.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

/// How many orders come with every look, and how many a page holds.
const GROWTH: u64 = 25;
const PAGE: u64 = 10;
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct Vendor {
    pub(crate) url: String,
    list: Arc<Mutex<List>>,
}

#[derive(Default)]
struct List {
    /// Orders 1, 2, 3, …
    orders: u64,
    /// Whether it grows no more.
    is_over: bool,
    windows: Vec<Window>,
    /// Whom to ask before the next second page is answered.
    interruption: Option<(Sender<()>, Receiver<()>)>,
}

/// A look at the list.
#[derive(Clone, Copy, Debug)]
struct Window {
    /// The checkpoint at which it begins.
    after: u64,
    /// The last order that it can see.
    end: u64,
}

impl Vendor {
    pub(crate) fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let list = Arc::<Mutex<List>>::default();
        let answering = Arc::clone(&list);
        thread::spawn(move || {
            for stream in listener.incoming() {
                answer(stream.unwrap(), &answering);
            }
        });
        Self { url, list }
    }

    /// Does something between the first and the second page of a window.
    pub(crate) fn interrupted(&self, act: impl FnOnce()) {
        let ((asks, asked), (says, said)) = (channel(), channel());
        self.list.lock().unwrap().interruption = Some((asks, said));
        asked.recv_timeout(PATIENCE).unwrap();
        act();
        says.send(()).unwrap();
    }

    /// Grows no more; returns how many orders it has once all of them were read, and checks that
    /// every window began where the one before it began, or ended.
    pub(crate) fn ends(&self) -> u64 {
        self.list.lock().unwrap().is_over = true;
        let deadline = Instant::now() + PATIENCE;
        while !self.list.lock().unwrap().is_read() {
            assert!(Instant::now() < deadline, "the vendor is asked no more");
            thread::yield_now();
        }
        let list = self.list.lock().unwrap();
        for pair in list.windows.windows(2) {
            let [before, next] = pair else { continue };
            let follows = next.after == before.after || next.after == before.end;
            assert!(follows, "{next:?} does not follow {before:?}");
        }
        list.orders
    }
}

impl List {
    /// Whether the checkpoint is behind the last order.
    fn is_read(&self) -> bool {
        let last = self.windows.last();
        last.is_some_and(|window| window.after == self.orders)
    }

    /// The numbers of a page, and where the next begins.
    fn page(
        &mut self,
        after: u64,
        token: Option<u64>,
    ) -> (std::ops::RangeInclusive<u64>, Option<u64>) {
        if token.is_none() {
            if !self.is_over {
                self.orders += GROWTH;
            }
            let end = self.orders;
            self.windows.push(Window { after, end });
        }
        let first = token.unwrap_or(after) + 1;
        let last = self.orders.min(first + PAGE - 1);
        (first..=last, (last < self.orders).then_some(last))
    }
}

fn answer(mut stream: TcpStream, list: &Mutex<List>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let Some(Ok(request)) = lines.next() else {
        return;
    };
    let head = lines.map_while(Result::ok);
    head.take_while(|line| !line.is_empty()).for_each(drop);
    let number = |name: &str| {
        let query = request.split(['?', ' ']).nth(2)?;
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs
            .filter(|(key, _)| *key == name)
            .find_map(|(_, value)| value.parse().ok())
    };
    let token = number("token");
    let interruption = token.and_then(|_| list.lock().unwrap().interruption.take());
    if let Some((ask, answered)) = interruption {
        ask.send(()).unwrap();
        answered.recv().unwrap();
    }
    let (numbers, next) = list.lock().unwrap().page(number("after").unwrap(), token);
    let orders = numbers.map(|number| json!({"id": format!("listed-{number}"), "number": number}));
    let body = json!({"orders": orders.collect::<Vec<_>>(), "next": next}).to_string();
    let length = body.len();
    // Whoever went away hears nothing.
    let _ = write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
}
