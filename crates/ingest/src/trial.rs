//! Trials: payloads held against a connector, without vendor, database or clock.
//!
//! Pure: what goes on where services run is decided by the same code here.

use std::collections::BTreeMap;

use order::{Fact, Timestamp};
use serde_json::{Map, Value as Json};

use crate::connector::{Connector, Http, Origin, Poll, Webhook};
use crate::mapping::{Columns, Encoding, Fault, RawRecord, Reader, Rejection};
use crate::poll::{
    Answered, Checkpoint, Effect, Event, Failure, Installation, Jitter, Page, Polling, Request,
    State, Task,
};
use crate::webhook::{Arrived, records_of};

/// One dataset of a connector, as an installation would run it.
#[derive(Clone, Debug)]
pub struct Trial<'c> {
    connector: &'c Connector,
    dataset: String,
    installation: Installation,
    now: Timestamp,
    since: Timestamp,
}

/// What a vendor sends or answers, or what a file or database holds.
#[derive(Clone, Debug)]
pub enum Given {
    /// Answers to the requests of a poll, one after the other.
    Answers(Vec<Answered>),
    /// One call of a webhook. Its signature is not looked at.
    Call(Call),
    /// Records as JSON, of any dataset.
    Records(Vec<Json>),
    /// Lines of a CSV file, cut into cells.
    Cells {
        /// Names of the columns.
        columns: Vec<String>,
        /// The lines.
        rows: Vec<Vec<Vec<u8>>>,
    },
}

/// One call of a webhook.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// What stands behind the `?`.
    pub query: String,
    /// Its headers.
    pub headers: Vec<(String, String)>,
    /// The body, byte for byte.
    pub body: Vec<u8>,
    /// Whether the body is a form.
    pub is_form: bool,
}

/// What came of a trial.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What the vendor was asked.
    pub requests: Vec<Request>,
    /// Facts, in the order of their records.
    pub facts: Vec<Fact>,
    /// Records that cannot be understood, and why.
    pub rejected: Vec<Rejected>,
    /// Why the run would wait or fail.
    pub failure: Option<Failure>,
    /// Whether the last request is still to be answered.
    pub is_unanswered: bool,
    /// Whether a call is about something else than records.
    pub is_passed_over: bool,
}

/// One record that cannot be understood.
#[derive(Debug)]
pub struct Rejected {
    /// Why, with what was expected and what was found.
    pub rejection: Rejection,
    /// The record, personal data masked.
    pub sample: String,
}

/// Why a trial cannot be held.
#[derive(Debug, thiserror::Error)]
pub enum Untried {
    /// There is no such dataset.
    #[error("the connector has no dataset `{0}`")]
    NoDataset(String),
    /// The dataset gets its records in another way.
    #[error("dataset `{dataset}` takes no {given}: it is {instead}")]
    Unfit {
        /// The dataset.
        dataset: String,
        /// What was given.
        given: &'static str,
        /// What it is fed by.
        instead: &'static str,
    },
    /// The file lacks columns that the mapping names.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Columns(Vec<Fault>),
    /// A parameter is missing.
    #[error("{0}")]
    Parameter(String),
    /// The call cannot be understood.
    #[error("the call cannot be understood: {0}")]
    Call(String),
}

impl<'c> Trial<'c> {
    /// Prepares a trial of a dataset, read through `since` before.
    ///
    /// # Errors
    ///
    /// When a parameter without a default is not given.
    pub fn new(
        connector: &'c Connector,
        dataset: &str,
        (since, now): (Timestamp, Timestamp),
        parameters: &BTreeMap<String, String>,
    ) -> Result<Self, Untried> {
        // Requests are only shown: a secret's name stands for it.
        let secrets = connector.secrets().iter().map(|secret| {
            let name = secret.as_str();
            (name.to_owned(), Json::from(format!("[{name}]")))
        });
        Ok(Self {
            installation: Installation {
                parameters: connector.filled(parameters).map_err(Untried::Parameter)?,
                secrets: Json::Object(secrets.collect::<Map<_, _>>()),
            },
            connector,
            dataset: dataset.to_owned(),
            now,
            since,
        })
    }

    /// Tries what is given.
    ///
    /// # Errors
    ///
    /// When the dataset does not get its records in this way, or a call cannot be understood.
    pub fn held(&self, given: Given) -> Result<Outcome, Untried> {
        if self.connector.dataset(&self.dataset).is_none() {
            return Err(Untried::NoDataset(self.dataset.clone()));
        }
        let origin = self.connector.feed(&self.dataset).map(|feed| &feed.origin);
        match (given, origin, self.connector.http()) {
            (Given::Answers(answers), Some(Origin::Poll(poll)), Some(http)) => {
                self.polled((poll, http), answers)
            }
            (Given::Call(call), Some(Origin::Webhook(webhook)), _) => self.called(webhook, call),
            (Given::Records(records), ..) => {
                let records = records.into_iter().map(|record| (record, None));
                self.mapped(records, Outcome::default())
            }
            (Given::Cells { columns, rows }, None, _) => self.read(&columns, &rows),
            (given, origin, _) => Err(Untried::Unfit {
                dataset: self.dataset.clone(),
                given: given.kind(),
                instead: origin.map_or("read from files", told),
            }),
        }
    }

    fn polled(
        &self,
        (poll, http): (&Poll, &Http),
        answers: Vec<Answered>,
    ) -> Result<Outcome, Untried> {
        let task = Task::Poll(Polling {
            connector: self.connector,
            poll,
            http,
            installation: &self.installation,
        });
        let (mut answers, mut outcome) = (answers.into_iter(), Outcome::default());
        let (now, jitter) = (self.now, Jitter::new(0.0));
        let mut state = State::default();
        let mut event = Event::Begun {
            checkpoint: Some(Checkpoint {
                through: self.since,
                number: None,
            }),
            until: None,
            now,
        };
        loop {
            let (next, effect) = state.next(&task, event);
            state = next;
            event = match effect {
                Effect::Ask(request) => {
                    outcome.requests.push(*request);
                    let Some(answer) = answers.next() else {
                        outcome.is_unanswered = true;
                        return Ok(outcome);
                    };
                    Event::Answered {
                        answer,
                        now,
                        jitter,
                    }
                }
                Effect::Deliver(Page { records, .. }) => {
                    let records = records.into_iter();
                    let records = records.map(|record| (record.value, record.fault));
                    outcome = self.mapped(records, outcome)?;
                    Event::Journalled { now }
                }
                Effect::Renew => Event::Resumed { now },
                // No poll asks a database.
                Effect::Select(_) | Effect::Finish => return Ok(outcome),
                Effect::Wait { because, .. } | Effect::Fail(because) => {
                    outcome.failure = Some(because);
                    return Ok(outcome);
                }
            };
        }
    }

    fn called(&self, webhook: &Webhook, call: Call) -> Result<Outcome, Untried> {
        let is_form = call.is_form;
        let headers = call.headers.into_iter();
        let arrived = Arrived {
            method: "POST".to_owned(),
            url: String::new(),
            query: call.query,
            headers: headers
                .map(|(name, value)| (name, value.into_bytes()))
                .collect(),
            body: call.body.into(),
        };
        let parameters = &self.installation.parameters;
        let records = records_of(self.connector, webhook, (&arrived, is_form), parameters);
        let Some(records) = records.map_err(Untried::Call)? else {
            return Ok(Outcome {
                is_passed_over: true,
                ..Outcome::default()
            });
        };
        let records = records.into_iter().map(|record| (record, None));
        self.mapped(records, Outcome::default())
    }

    fn mapped(
        &self,
        records: impl Iterator<Item = (Json, Option<String>)>,
        mut outcome: Outcome,
    ) -> Result<Outcome, Untried> {
        let reader = self.reader(&[])?;
        for (record, fault) in records {
            let line = record.to_string();
            let raw = RawRecord::Line(line.as_bytes());
            let facts = match fault {
                Some(fault) => Err(reader.rejection(&fault)),
                None => reader.facts(raw),
            };
            outcome.add(facts, || Reader::sample(&[], Encoding::Utf8, raw));
        }
        Ok(outcome)
    }

    fn read(&self, columns: &[String], rows: &[Vec<Vec<u8>>]) -> Result<Outcome, Untried> {
        let reader = self.reader(columns)?;
        let mut outcome = Outcome::default();
        for cells in rows {
            let raw = RawRecord::Cells(cells);
            outcome.add(reader.facts(raw), || {
                Reader::sample(columns, Encoding::Utf8, raw)
            });
        }
        Ok(outcome)
    }

    fn reader<'t>(&'t self, columns: &'t [String]) -> Result<Reader<'t>, Untried> {
        let columns = Columns {
            file: &self.dataset,
            names: columns,
        };
        let reader = self.connector.mapping().reader(&columns, None);
        reader.map_err(Untried::Columns)
    }
}

impl Outcome {
    fn add(&mut self, facts: Result<Vec<Fact>, Rejection>, sample: impl FnOnce() -> String) {
        match facts {
            Ok(facts) => self.facts.extend(facts),
            Err(rejection) => self.rejected.push(Rejected {
                rejection,
                sample: sample(),
            }),
        }
    }
}

impl Given {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Answers(_) => "answers",
            Self::Call(_) => "call",
            Self::Records(_) => "records",
            Self::Cells { .. } => "lines of CSV",
        }
    }
}

const fn told(origin: &Origin) -> &'static str {
    match origin {
        Origin::Poll(_) => "a poll",
        Origin::Query(_) => "a query",
        Origin::Webhook(_) => "a webhook",
    }
}
