//! Connectors ready to run.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use order::Catalogue;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use super::Stopped;
use super::database::{Database, Question};
use super::pace::Pace;
use super::signing;
use crate::Error;
use crate::config::Secrets;
use crate::connector::{Connector, Http, Origin, Poll, Query, Range, Schedule, Scope};
use crate::domain::BadRequest;
use crate::import::Text;
use crate::poll::{Installation, Polling, Querying, Select, Task};
use crate::signer::PullSigner;
use crate::store::connector::{Parameters, Stored};

/// Connectors that were compiled, by name.
#[derive(Debug, Default)]
pub(super) struct Kept {
    connectors: Mutex<HashMap<String, Arc<Compiled>>>,
}

/// A connector in force, with what all of its feeds share.
#[derive(Debug)]
pub(super) struct Compiled {
    etag: String,
    pub(super) yaml: String,
    pub(super) text: Text<Connector>,
    pub(super) pace: Option<Pace>,
    pub(super) slots: Semaphore,
    pub(super) database: Database,
}

/// One feed of a connector, ready to run.
#[derive(Debug)]
pub(crate) struct Active {
    pub(super) compiled: Arc<Compiled>,
    pub(super) dataset: String,
    origin: Asked,
}

/// Who is asked.
#[derive(Debug)]
enum Asked {
    Vendor(Box<Vendor>),
    Database(Box<Query>, SecretString),
}

/// A vendor over HTTP.
#[derive(Debug)]
pub(super) struct Vendor {
    poll: Poll,
    pub(super) http: Http,
    installation: Installation,
    /// Who signs requests, and with what.
    pub(super) signing: Option<(PullSigner, SecretString)>,
}

impl Kept {
    /// Gets a feed ready.
    pub(super) fn active(
        &self,
        stored: Stored,
        dataset: &str,
        secrets: &Secrets,
    ) -> Result<Active, Stopped> {
        let parameters = stored.parameters.0.clone();
        let compiled = self.compiled(stored)?;
        let connector = &compiled.text.mapping;
        let origin = match connector.feed(dataset).map(|feed| &feed.origin) {
            Some(Origin::Poll(poll)) => {
                let vendor = Vendor::of(connector, poll, &parameters, secrets)?;
                Asked::Vendor(Box::new(vendor))
            }
            Some(Origin::Query(query)) => {
                let url = secrets.get(connector.name(), query.database.as_str())?;
                Asked::Database(query.clone(), url)
            }
            _ => return Err(Stopped::Overtaken),
        };
        Ok(Active {
            dataset: dataset.to_owned(),
            origin,
            compiled,
        })
    }

    fn compiled(&self, stored: Stored) -> Result<Arc<Compiled>, Stopped> {
        let kept = || {
            self.connectors
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if let Some(known) = kept().get(&stored.name)
            && known.etag == stored.etag
        {
            return Ok(Arc::clone(known));
        }
        let compiled = Arc::new(Compiled::new(&stored)?);
        kept().insert(stored.name, Arc::clone(&compiled));
        Ok(compiled)
    }
}

impl Compiled {
    fn new(stored: &Stored) -> Result<Self, Stopped> {
        let connector = Connector::parse(&stored.yaml, Arc::new(Catalogue::standard()));
        let connector = connector.map_err(|faults| Stopped::Internal(Error::Mapping(faults)))?;
        let http = connector.http();
        Ok(Self {
            etag: stored.etag.clone(),
            yaml: stored.yaml.clone(),
            pace: http.and_then(|http| http.rate).map(Pace::new),
            slots: Semaphore::new(http.map_or(1, |http| usize::from(http.concurrency))),
            database: Database::default(),
            text: Text {
                mapping: Arc::new(connector),
                digest: Sha256::digest(stored.yaml.as_bytes()).into(),
            },
        })
    }
}

impl Vendor {
    fn of(
        connector: &Connector,
        poll: &Poll,
        parameters: &Parameters,
        secrets: &Secrets,
    ) -> Result<Self, Stopped> {
        let http = connector.http().ok_or(Stopped::Overtaken)?.clone();
        let filled = connector.filled(parameters);
        let filled = filled.map_err(|missing| BadRequest::new("parameters", missing));
        let parameters = filled.map_err(|error| Stopped::Internal(error.into()))?;
        let mut exposed = Map::new();
        for secret in connector.secrets() {
            let found = secrets.get(connector.name(), secret.as_str())?;
            let text = found.expose_secret().to_owned();
            exposed.insert(secret.as_str().to_owned(), Json::String(text));
        }
        let installation = Installation {
            parameters,
            secrets: Json::Object(exposed),
        };
        let signing = match http.sign.as_ref().map(|sign| (sign, sign.secret.as_ref())) {
            Some((sign, Some(secret))) => {
                let scope = Scope::default()
                    .json("parameter", &installation.parameters)
                    .json("secret", &installation.secrets);
                let signer = signing::signer(connector, sign, &scope);
                let signer =
                    signer.map_err(|error| Stopped::Unsigned(installation.redacted(&error)))?;
                Some((signer, secrets.get(connector.name(), secret.as_str())?))
            }
            _ => None,
        };
        Ok(Self {
            poll: poll.clone(),
            http,
            installation,
            signing,
        })
    }
}

impl Active {
    /// Returns the connector.
    pub(crate) fn connector(&self) -> &Connector {
        &self.compiled.text.mapping
    }

    /// Returns what part of the list is read.
    pub(crate) fn range_mut(&mut self) -> &mut Range {
        match &mut self.origin {
            Asked::Vendor(vendor) => &mut vendor.poll.range,
            Asked::Database(query, _) => &mut query.range,
        }
    }

    /// Returns when it runs.
    pub(crate) const fn schedule(&self) -> &Schedule {
        match &self.origin {
            Asked::Vendor(vendor) => &vendor.poll.schedule,
            Asked::Database(query, _) => &query.schedule,
        }
    }

    /// Returns the vendor who is asked over HTTP.
    pub(super) const fn vendor(&self) -> Option<&Vendor> {
        match &self.origin {
            Asked::Vendor(vendor) => Some(vendor),
            Asked::Database(..) => None,
        }
    }

    /// Returns what a database is asked.
    pub(super) fn question(&self, select: Select) -> Option<Question<'_>> {
        match &self.origin {
            Asked::Vendor(_) => None,
            Asked::Database(query, url) => Some(Question {
                url,
                statement: &query.sql,
                select,
                zone: &self.connector().mapping().zone,
                timeout: query.timeout,
                most: query.max_answer,
            }),
        }
    }

    pub(super) fn task(&self) -> Task<'_> {
        let connector = self.connector();
        match &self.origin {
            Asked::Vendor(vendor) => Task::Poll(Polling {
                connector,
                poll: &vendor.poll,
                http: &vendor.http,
                installation: &vendor.installation,
            }),
            Asked::Database(query, _) => Task::Query(Querying { connector, query }),
        }
    }
}
