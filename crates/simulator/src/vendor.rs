//! The day as the systems of vendors show it over HTTP: an ERP like 聚水潭, a carrier like
//! 快递100, a CRM like HubSpot, and customs with a plain list.
//!
//! A vendor is a function from a request and an instant to an answer. It shows what was written
//! by then, in the vendor's own words, refuses what the vendor would refuse, and is as often in
//! trouble as vendors are. What these say of vendors is read from third-party copies of their
//! documentation, but for HubSpot's; none was compared with an account.

mod credentials;
mod customs;
mod hubspot;
mod jushuitan;
mod kuaidi100;
mod ledger;
mod listing;
mod parcel;
mod push;
mod rows;
mod tally;
mod temper;
mod wire;

use std::sync::Arc;

use order::Timestamp;

pub use credentials::Credentials;
pub use push::{Push, Pushes};
pub use tally::Tally;
pub use wire::{Answer, Request, Trouble};

use crate::rule::Rule;
use crate::shop::Day;
use crate::source::Source;
use ledger::Ledger;
use rows::{Feed, Rows};
use tally::Readings;
use temper::{Mishap, Temper};

/// The four systems of one day. The same day, asked the same at the same instants, answers the
/// same.
#[derive(Clone, Debug)]
pub struct Vendors {
    day: Arc<Day>,
    credentials: Credentials,
    ledgers: [Ledger; Feed::ALL.len()],
    readings: [Readings; Feed::ALL.len()],
    tempers: [Temper; Source::ALL.len()],
    tallies: [Tally; Source::ALL.len()],
    is_calm: bool,
}

impl Vendors {
    /// Opens the systems of a day, with everything that goes wrong with them.
    #[must_use]
    pub fn open(day: Arc<Day>, credentials: Credentials) -> Self {
        Self {
            ledgers: Feed::ALL.map(|feed| feed.ledger(&day)),
            readings: Feed::ALL.map(|_| Readings::default()),
            tempers: Source::ALL.map(|source| Temper::of(day.shop(), source)),
            tallies: Source::ALL.map(|_| Tally::default()),
            is_calm: false,
            credentials,
            day,
        }
    }

    /// The same systems without outages and troubles.
    #[must_use]
    pub fn calm(self) -> Self {
        Self {
            is_calm: true,
            ..self
        }
    }

    /// Answers a request that comes at an instant.
    pub fn answer(&mut self, request: &Request, now: Timestamp) -> Answer {
        let Some(source) = source_of(&request.path) else {
            return Answer::gateway(404, "Not Found");
        };
        self.tallies[source as usize].requests += 1;
        if !self.is_calm && source.is_down(self.day.shop(), now) {
            self.tallies[source as usize].failed += 1;
            return Answer::gateway(503, "Service Unavailable");
        }
        let mishap = match self.is_calm {
            true => None,
            false => self.tempers[source as usize].draw(),
        };
        self.answer_in(mishap, source, request, now)
    }

    /// Answers as well as the mishap lets it.
    fn answer_in(
        &mut self,
        mishap: Option<Mishap>,
        source: Source,
        request: &Request,
        now: Timestamp,
    ) -> Answer {
        let tally = &mut self.tallies[source as usize];
        match mishap {
            Some(Mishap::Throttles) => {
                tally.throttled += 1;
                return throttle(source);
            }
            Some(Mishap::Fails) => {
                tally.failed += 1;
                return Answer::gateway(502, "Bad Gateway");
            }
            Some(Mishap::Hangs(span)) => {
                tally.timed_out += 1;
                let answer = Answer::gateway(504, "Gateway Timeout");
                return troubled(answer, Trouble::Silent(span));
            }
            _ => {}
        }
        if request.path == kuaidi100::QUERY {
            return kuaidi100::query(&self.day, &self.ledgers, &self.credentials, request, now);
        }
        let Some(feed) = Feed::at(&request.path) else {
            return Answer::gateway(404, "Not Found");
        };
        let read = feed.read(
            &self.day,
            self.ledger(feed),
            &self.credentials,
            request,
            now,
        );
        match read {
            Ok(rows) => self.show(feed, rows, mishap, now),
            Err(refusal) => {
                self.tallies[source as usize].refused += 1;
                *refusal
            }
        }
    }

    fn ledger(&self, feed: Feed) -> &Ledger {
        &self.ledgers[feed as usize]
    }

    fn show(
        &mut self,
        feed: Feed,
        mut rows: Rows,
        mishap: Option<Mishap>,
        now: Timestamp,
    ) -> Answer {
        let tally = &mut self.tallies[feed.source() as usize];
        if let (Some(Mishap::Repeats), Some(first)) = (mishap, rows.list.first().cloned()) {
            rows.list.insert(0, first);
            tally.repeated += 1;
        }
        tally.rows += rows.list.len() as u64;
        let (is_first, is_last) = (rows.is_first, rows.is_last);
        let answer = rows.answer();
        let answer = match mishap {
            Some(Mishap::Cuts) => {
                tally.cut += 1;
                let half = answer.body.len() / 2;
                return troubled(answer, Trouble::Cut(half));
            }
            Some(Mishap::Dawdles(span)) => troubled(answer, Trouble::Slow(span)),
            _ => answer,
        };
        self.readings[feed as usize].note(is_first, is_last, now);
        answer
    }

    /// Returns what was asked of a source, and what it did.
    #[must_use]
    pub const fn tally(&self, source: Source) -> Tally {
        self.tallies[source as usize]
    }

    /// Returns when everything that a rule reads was shown through an instant, with each
    /// source's allowance for what it writes late: nobody can be sure of it earlier. None when
    /// somebody never asked.
    #[must_use]
    pub fn knowable_at(&self, rule: Rule, instant: Timestamp) -> Option<Timestamp> {
        let feeds = Feed::ALL.into_iter().zip(&self.readings);
        let read = feeds.filter(|(feed, _)| rule.reads().contains(&feed.source()));
        let complete =
            read.map(|(feed, readings)| readings.complete_at(instant + feed.source().allowance()));
        complete.collect::<Option<Vec<_>>>()?.into_iter().max()
    }
}

fn source_of(path: &str) -> Option<Source> {
    let vendor = path.strip_prefix('/')?.split('/').next()?;
    Some(match vendor {
        "jushuitan" => Source::Erp,
        "kuaidi100" => Source::Carrier,
        "hubspot" => Source::Crm,
        "customs" => Source::Customs,
        _ => return None,
    })
}

fn throttle(source: Source) -> Answer {
    match source {
        Source::Erp => jushuitan::throttle(),
        Source::Carrier => kuaidi100::throttle(),
        Source::Crm => hubspot::throttle(),
        Source::Customs => customs::throttle(),
    }
}

fn troubled(answer: Answer, trouble: Trouble) -> Answer {
    Answer {
        trouble: Some(trouble),
        ..answer
    }
}
