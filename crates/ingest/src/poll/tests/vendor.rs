//! A vendor whose orders change while they are read, whose clock differs, and which shows
//! changes late and answers badly.

use std::collections::BTreeMap;

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value as Json, json};

use super::super::{Answered, Broken, Record, Request, Select};
use crate::connector::Position;

/// One change of an order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    pub(super) at: i64,
    pub(super) version: i64,
    /// When the vendor's list begins to show it.
    shown: i64,
}

pub(super) struct Vendor {
    pub(super) now: i64,
    pub(super) orders: BTreeMap<i64, Vec<Change>>,
    pub(super) is_sound: bool,
    /// Whether the rows of a window begin beyond where it begins.
    pub(super) is_strict: bool,
    skew: i64,
    settle: i64,
    pub(super) random: ChaCha8Rng,
}

impl Vendor {
    pub(super) fn new(now: i64, skew: i64, settle: i64, random: ChaCha8Rng) -> Self {
        Self {
            now,
            orders: BTreeMap::new(),
            is_sound: false,
            is_strict: false,
            skew,
            settle,
            random,
        }
    }

    pub(super) fn change_something(&mut self) {
        let id = self.random.random_range(0..12);
        let delay = self.random.random_range(0..=self.settle);
        let changes = self.orders.entry(id).or_default();
        let at = self.now;
        // A list shows the changes of one order in their order.
        let before = changes.last().map_or(0, |change| change.shown);
        changes.push(Change {
            at,
            version: changes.len() as i64 + 1,
            shown: before.max(at + delay),
        });
    }

    /// Passes some time, in which orders may change.
    pub(super) fn pass(&mut self, most_seconds: i64) {
        for _ in 0..self.random.random_range(0..=most_seconds) {
            self.now += 1;
            while self.random.random_bool(0.3) {
                self.change_something();
            }
        }
    }

    /// Returns the newest change of an order.
    pub(super) fn newest(&self, id: i64) -> Change {
        self.orders[&id][self.orders[&id].len() - 1]
    }

    /// Lists (stamp, id, version) by stamp and id, within `[from, to)`.
    fn list(&self, from: i64, to: i64) -> Vec<(i64, i64, i64)> {
        let shown = |(id, changes): (&i64, &Vec<Change>)| {
            let visible = changes.iter().filter(|change| change.shown <= self.now);
            let newest = visible.max_by_key(|change| change.version)?;
            Some((newest.at + self.skew, *id, newest.version))
        };
        let mut list: Vec<_> = self.orders.iter().filter_map(shown).collect();
        list.retain(|(stamp, ..)| (from..to).contains(stamp));
        list.sort_unstable();
        list
    }

    /// Answers as the way from page to page demands, or badly.
    pub(super) fn answer(&mut self, request: &Request) -> Answered {
        let body = self.body(request).to_string();
        let fault = match self.is_sound {
            true => 9,
            false => self.random.random_range(0..10),
        };
        let (status, body) = match fault {
            0 => (500, "trouble".to_owned()),
            1 => (429, String::new()),
            2 => (200, body[..body.len() / 2].to_owned()),
            _ => (200, body),
        };
        Answered {
            status,
            headers: Vec::new(),
            body: body.into_bytes(),
        }
    }

    /// Answers a statement, or does not.
    pub(super) fn rows(&mut self, select: &Select) -> Result<Vec<Record>, Broken> {
        if !self.is_sound && self.random.random_bool(0.2) {
            return Err(Broken::Connection("gone".to_owned()));
        }
        let seconds = |position| match position {
            Some(Position::Instant(at)) => at.micros() / 1_000_000,
            other => panic!("{other:?} is no instant"),
        };
        let from = seconds(select.from) + i64::from(self.is_strict);
        let rows = self.list(from, seconds(select.to.map(Position::Instant)));
        let record = |row| Record {
            value: order(row),
            fault: None,
        };
        let limit = usize::try_from(select.limit).unwrap();
        Ok(rows.iter().take(limit).map(record).collect())
    }

    fn body(&self, request: &Request) -> Json {
        let given: BTreeMap<String, String> = request.url.query_pairs().into_owned().collect();
        let number = |name: &str| given.get(name).and_then(|text| text.parse::<i64>().ok());
        let list = self.list(
            number("from").unwrap_or(0),
            number("to").unwrap_or(i64::MAX),
        );
        let size = usize::try_from(number("size").unwrap_or(3)).unwrap();
        if let Some(page) = number("page") {
            let page = usize::try_from(page).unwrap();
            let shown: Vec<_> = list.iter().skip(page * size).take(size).collect();
            return json!({"orders": shown.into_iter().map(order).collect::<Vec<_>>(), "total": list.len()});
        }
        if !given.contains_key("by_token") {
            return json!({"orders": list.iter().map(order).collect::<Vec<_>>()});
        }
        let after = given.get("token").map_or((i64::MIN, 0), |token| {
            let (stamp, id) = token.split_once('-').unwrap();
            (stamp.parse().unwrap(), id.parse().unwrap())
        });
        let rest = list.iter().filter(|(stamp, id, _)| (*stamp, *id) > after);
        let shown: Vec<_> = rest.take(size).collect();
        let full = shown.len() == size;
        let next = shown
            .last()
            .filter(|_| full)
            .map(|(stamp, id, _)| format!("{stamp}-{id}"));
        json!({"orders": shown.into_iter().map(order).collect::<Vec<_>>(), "next": next})
    }
}

fn order((stamp, id, version): &(i64, i64, i64)) -> Json {
    json!({"id": id, "at": stamp, "version": version})
}
