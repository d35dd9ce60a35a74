//! The journal read back: by order, by what orders share, and between two instants.

use std::pin::Pin;

use bytes::Bytes;
use contracts::fact::v1::{Fact, FactBatch};
use contracts::ingest::v1 as wire;
use contracts::{facts, subject, time};
use order::{EntityKind, SourceId, Timestamp};
use prost::Message;
use service::error::status;
use sqlx::PgPool;
use tokio::sync::mpsc::{self, Sender};
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use super::Ingest;
use crate::Error;
use crate::archive::settled;
use crate::domain::{BadRequest, Place, Whose, owned_facts};
use crate::store::archive::rows::{self, JournalRow, PAGE_BYTES, Range};
use crate::store::archive::{self, Retained, find};
use crate::store::source;

/// Answers as they are read: the next is read while one waits to be sent.
pub(super) type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// Journal rows that are read at once for one order.
const PLACES_AT_ONCE: usize = 16;

/// What the two answers about one entity are made of.
struct Part {
    archive: Option<wire::Archive>,
    facts: Vec<wire::ArchivedFact>,
}

impl From<Part> for wire::ReadOrderFactsResponse {
    fn from(Part { archive, facts }: Part) -> Self {
        Self { archive, facts }
    }
}

impl From<Part> for wire::ReadEntityFactsResponse {
    fn from(Part { archive, facts }: Part) -> Self {
        Self { archive, facts }
    }
}

impl Ingest {
    pub(super) async fn read_order(
        &self,
        request: wire::ReadOrderFactsRequest,
    ) -> Result<Answers<wire::ReadOrderFactsResponse>, Error> {
        let order = request.order_id.parse();
        let order = order.map_err(|error| BadRequest::new("order_id", error))?;
        self.read_whose(Whose::Order(order), request.sources).await
    }

    pub(super) async fn read_entity(
        &self,
        request: wire::ReadEntityFactsRequest,
    ) -> Result<Answers<wire::ReadEntityFactsResponse>, Error> {
        let kind = facts::kind_of(request.kind).map_err(|error| BadRequest::new("kind", error))?;
        if !matches!(kind, EntityKind::Customer | EntityKind::Stock) {
            let message = format!(
                "`{kind}` is not shared by orders, expected ENTITY_KIND_CUSTOMER or \
                 ENTITY_KIND_STOCK; an order and what belongs to it is read by ReadOrderFacts"
            );
            return Err(BadRequest::new("kind", message).into());
        }
        let entity = request.entity_id.parse();
        let entity = entity.map_err(|error| BadRequest::new("entity_id", error))?;
        self.read_whose(Whose::Shared(kind, entity), request.sources)
            .await
    }

    pub(super) async fn read_range(
        &self,
        request: wire::ReadFactsRequest,
    ) -> Result<Answers<wire::ReadFactsResponse>, Error> {
        let from = instant("from", request.from)?;
        let to = instant("to", request.to)?;
        if let (Some(from), Some(to)) = (from, to)
            && from > to
        {
            let message = format!("{from} is later than `to`, which is {to}");
            return Err(BadRequest::new("from", message).into());
        }
        self.check_sources(&request.sources).await?;
        let pool = self.context.database.pool().clone();
        let now = settled(&pool, &self.context.shutdown).await?;
        // Nothing was journalled before 1970, and the database knows no instant far from it.
        let epoch = Timestamp::from_micros(0);
        let to = to.map_or(now, |to| now.min(to.max(epoch).into()));
        let from = to.min(from.unwrap_or(epoch).max(epoch).into());
        let range = Range {
            from,
            to,
            subjects: request
                .sources
                .iter()
                .map(|source| subject::under(subject::FACTS, source))
                .collect(),
        };
        let mut archive = wire_archive(&archive::retained(&pool).await?);
        archive.through = Some(time::timestamp(to.into()));
        Ok(self.streamed(|answers| send_range(pool, range, archive, answers)))
    }

    async fn read_whose<T: From<Part> + Send + 'static>(
        &self,
        whose: Whose,
        sources: Vec<String>,
    ) -> Result<Answers<T>, Error> {
        self.check_sources(&sources).await?;
        let pool = self.context.database.pool().clone();
        let archive = wire_archive(&archive::retained(&pool).await?);
        let places = find::places(&pool, whose.key()).await?;
        let found = Found {
            pool,
            whose,
            sources,
            places,
        };
        Ok(self.streamed(|answers| found.send(archive, answers)))
    }

    async fn check_sources(&self, sources: &[String]) -> Result<(), Error> {
        for source in sources {
            let id: Result<SourceId, _> = source.parse();
            id.map_err(|error| BadRequest::new("sources", error))?;
        }
        let unknown = source::unknown(self.context.database.pool(), sources).await?;
        match unknown.first() {
            None => Ok(()),
            Some(name) => {
                let message = format!("no source `{name}` was ever declared; see ListSources");
                Err(BadRequest::new("sources", message).into())
            }
        }
    }

    /// Has answers made while they are sent, and no faster; ends with the service.
    fn streamed<T: Send + 'static, F>(
        &self,
        work: impl FnOnce(Sender<Result<T, Status>>) -> F,
    ) -> Answers<T>
    where
        F: Future<Output = Result<(), Error>> + Send + 'static,
    {
        let (answer, answers) = mpsc::channel(1);
        let shutdown = self.context.shutdown.clone();
        let work = work(answer.clone());
        tokio::spawn(async move {
            let done = tokio::select! {
                done = work => done,
                () = answer.closed() => return,
                () = shutdown.cancelled() => Err(Error::AnswerCut),
            };
            if let Err(error) = done {
                let _ = answer.send(Err(status(&error))).await;
            }
        });
        Box::pin(ReceiverStream::new(answers))
    }
}

/// Where the facts of an entity are, and which of them are wanted.
struct Found {
    pool: PgPool,
    whose: Whose,
    sources: Vec<String>,
    places: Vec<Place>,
}

impl Found {
    async fn send<T: From<Part>>(
        self,
        archive: wire::Archive,
        answers: Sender<Result<T, Status>>,
    ) -> Result<(), Error> {
        let mut part = Part {
            archive: Some(archive),
            facts: Vec::new(),
        };
        let mut bytes = 0;
        for places in self.places.chunks(PLACES_AT_ONCE) {
            for row in rows::at(&self.pool, places).await? {
                for fact in self.facts(row)? {
                    let length = fact.encoded_len();
                    if bytes + length > PAGE_BYTES as usize {
                        let full = std::mem::replace(&mut part, Part::empty());
                        send(&answers, full).await;
                        bytes = 0;
                    }
                    bytes += length;
                    part.facts.push(fact);
                }
            }
        }
        if part.archive.is_some() || !part.facts.is_empty() {
            send(&answers, part).await;
        }
        Ok(())
    }

    fn facts(&self, row: JournalRow) -> Result<impl Iterator<Item = wire::ArchivedFact>, Error> {
        let JournalRow { place, payload } = row;
        let owned = owned_facts(Bytes::from(payload), &self.whose, &self.sources);
        let owned = owned.map_err(|_| damaged(place))?;
        let fact = move |fact: Fact| wire::ArchivedFact {
            fact: Some(fact),
            journalled_at: Some(time::timestamp(place.at)),
            sequence: owned.sequence,
        };
        Ok(owned.facts.into_iter().map(fact))
    }
}

impl Part {
    const fn empty() -> Self {
        Self {
            archive: None,
            facts: Vec::new(),
        }
    }
}

async fn send_range(
    pool: PgPool,
    range: Range,
    archive: wire::Archive,
    answers: Sender<Result<wire::ReadFactsResponse, Status>>,
) -> Result<(), Error> {
    let mut archive = Some(archive);
    let mut after = range.start();
    loop {
        let page = rows::page(&pool, &range, after).await?;
        let last = page.last().map(|row| row.place);
        if archive.is_some() || last.is_some() {
            let batches = page.iter().map(batch).collect::<Result<_, _>>()?;
            let answer = wire::ReadFactsResponse {
                archive: archive.take(),
                batches,
            };
            send(&answers, answer).await;
        }
        match last {
            Some(place) => after = place,
            None => return Ok(()),
        }
    }
}

/// Sends an answer. Nobody may want it any more: then the work is dropped soon.
async fn send<T, A: Into<T>>(answers: &Sender<Result<T, Status>>, answer: A) {
    let _ = answers.send(Ok(answer.into())).await;
}

fn batch(row: &JournalRow) -> Result<wire::ArchivedBatch, Error> {
    let batch = FactBatch::decode(row.payload.as_slice()).map_err(|_| damaged(row.place))?;
    Ok(wire::ArchivedBatch {
        batch: Some(batch),
        journalled_at: Some(time::timestamp(row.place.at)),
    })
}

fn damaged(place: Place) -> Error {
    let what = format!("row {} of the journal", place.id);
    Error::DamagedArchive { what }
}

fn wire_archive(retained: &Retained) -> wire::Archive {
    wire::Archive {
        oldest: retained.oldest.map(|at| time::timestamp(at.into())),
        through: None,
        unindexed_days: retained
            .unindexed_days
            .iter()
            .map(ToString::to_string)
            .collect(),
    }
}

fn instant(
    field: &'static str,
    wire: Option<prost_types::Timestamp>,
) -> Result<Option<Timestamp>, BadRequest> {
    wire.map(|wire| time::instant(&wire))
        .transpose()
        .map_err(|error| BadRequest::new(field, error))
}
