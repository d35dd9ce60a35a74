//! One run: does what the machine decides, page by page.

use contracts::ingest::v1::{ImportRecordsRequest, Record as WireRecord};
use order::Timestamp;
use tokio::sync::mpsc;

use super::client::{Proof, Signing};
use super::database::Visit;
use super::{Active, Poller, Stopped};
use crate::Error;
use crate::domain::{Intake, Lease, Progress};
use crate::import::{keep_text, mapped};
use crate::poll::{
    Answered, Broken, Checkpoint, Conclusion, Effect, Event, Failure, Jitter, Page, Request,
    Select, State, Window,
};
use crate::store::journal::Refusal;

/// Name under which pages are known; their content tells them apart.
const BATCH: &str = "page";

/// Where a run begins and ends.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Begin {
    pub(crate) checkpoint: Option<Checkpoint>,
    pub(crate) until: Option<Timestamp>,
}

/// What becomes of what a run reads.
#[derive(Clone, Debug)]
pub(crate) enum Sink {
    /// It is journalled, and the feed's checkpoint with it.
    Journal(Lease),
    /// It is journalled; the checkpoint stays where it is.
    Backfill,
    /// Nothing.
    Nowhere,
}

/// What a run has done so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Totals {
    pub(crate) pages: u32,
    pub(crate) records: usize,
    pub(crate) facts: usize,
    pub(crate) quarantined: usize,
    pub(crate) through: Option<Timestamp>,
    pub(crate) notice: String,
}

/// What is told of a run while it goes on.
#[derive(Debug)]
pub(crate) enum Report {
    /// A page was read.
    Page {
        totals: Totals,
        window: Window,
        /// What came of it; its quarantined records are samples.
        intake: Box<Intake>,
    },
    /// The run waits for the vendor.
    Waits {
        totals: Totals,
        until: Timestamp,
        because: Failure,
    },
}

/// Where reports go.
pub(crate) type Reports = mpsc::Sender<Report>;

impl Poller {
    /// Runs from a checkpoint until the present, or as far as is asked for.
    pub(crate) async fn execute(
        &self,
        active: &Active,
        begin: Begin,
        sink: Sink,
        reports: Option<Reports>,
    ) -> Result<Totals, Stopped> {
        let mut run = Run {
            poller: self,
            active,
            sink,
            reports,
            totals: Totals::default(),
            visit: active.compiled.database.visit(),
            last: None,
        };
        tokio::select! {
            outcome = run.go(begin) => outcome?,
            () = self.context.shutdown.cancelled() => return Err(Stopped::Stopping),
        }
        run.visit.end().await;
        Ok(run.totals)
    }
}

struct Run<'r> {
    poller: &'r Poller,
    active: &'r Active,
    sink: Sink,
    reports: Option<Reports>,
    totals: Totals,
    /// The stay at the connector's database, where there is one.
    visit: Visit<'r>,
    /// The request that was sent last.
    last: Option<Box<Request>>,
}

impl Run<'_> {
    async fn go(&mut self, begin: Begin) -> Result<(), Stopped> {
        let task = self.active.task();
        let mut state = State::default();
        let mut event = Event::Begun {
            checkpoint: begin.checkpoint,
            until: begin.until,
            now: self.poller.now(),
        };
        loop {
            let is_answer = event.is_answer();
            let (next, effect) = state.next(&task, event);
            state = next;
            if is_answer {
                self.poller.metrics.asked(
                    self.active.connector().name(),
                    &self.active.dataset,
                    effect.outcome(),
                );
            }
            event = match effect {
                Effect::Ask(request) => self.ask(request).await,
                Effect::Select(select) => self.select(select).await,
                Effect::Wait { until, because } => self.wait(until, because).await,
                Effect::Renew => self.renew(),
                Effect::Deliver(page) => self.deliver(page).await?,
                Effect::Finish => return Ok(()),
                Effect::Fail(failure) => return Err(failure.into()),
            };
        }
    }

    async fn ask(&mut self, request: Box<Request>) -> Event {
        let answer = self.answer(&request).await;
        self.last = Some(request);
        let (now, jitter) = (self.poller.now(), Jitter::new(rand::random()));
        match answer {
            Ok(answer) => Event::Answered {
                answer,
                now,
                jitter,
            },
            Err(cause) => Event::Broken { cause, now, jitter },
        }
    }

    async fn answer(&self, request: &Request) -> Result<Answered, Broken> {
        let (poller, compiled) = (self.poller, &self.active.compiled);
        let gone = || Broken::Unsendable("the connector is gone".to_owned());
        let vendor = self.active.vendor().ok_or_else(gone)?;
        let _slot = compiled.slots.acquire().await.map_err(|_| gone())?;
        if let Some(pace) = &compiled.pace {
            let turn = pace.turn(poller.now());
            poller.context.clock.sleep_until(turn.into()).await;
        }
        let bearer = match &request.credentials {
            Some(credentials @ crate::poll::Credentials::OAuth2 { .. }) => {
                let tokens = &poller.tokens;
                let token = tokens.bearer(&poller.client, credentials, poller.now());
                Some(token.await?)
            }
            _ => None,
        };
        let signing = vendor.signing.as_ref().map(|(signer, secret)| Signing {
            signer,
            secret,
            now: poller.context.clock.now(),
        });
        let proof = Proof { bearer, signing };
        let max_body = vendor.http.max_body;
        poller.client.send(request, Some(proof), max_body).await
    }

    async fn select(&self, select: Select) -> Event {
        let answer = match self.active.question(select) {
            Some(question) => self.visit.select(&question).await,
            None => Err(Broken::Unsendable("there is no database".to_owned())),
        };
        let now = self.poller.now();
        match answer {
            Ok(rows) => Event::Selected { rows, now },
            Err(cause) => {
                let jitter = Jitter::new(rand::random());
                Event::Broken { cause, now, jitter }
            }
        }
    }

    async fn wait(&self, until: Timestamp, because: Failure) -> Event {
        self.report(Report::Waits {
            totals: self.totals.clone(),
            until,
            because,
        })
        .await;
        self.poller.context.clock.sleep_until(until.into()).await;
        Event::Resumed {
            now: self.poller.now(),
        }
    }

    fn renew(&self) -> Event {
        let credentials = self
            .last
            .as_ref()
            .and_then(|last| last.credentials.as_ref());
        if let Some(credentials) = credentials {
            self.poller.tokens.forget(credentials);
        }
        Event::Resumed {
            now: self.poller.now(),
        }
    }

    async fn deliver(&mut self, page: Page) -> Result<Event, Stopped> {
        let (window, conclusion) = (page.window, page.conclusion.clone());
        let records = page.records.len();
        let request = import(&self.active.dataset, page).map_err(Stopped::Internal)?;
        let now = self.poller.now();
        let text = &self.active.compiled.text;
        let mapped = mapped(text, request, now).await;
        let (intake, _) = mapped.map_err(Stopped::Internal)?;
        self.count(records, &intake, conclusion.as_ref());
        let shown = self.shown(&intake);
        self.store(intake, records, conclusion).await?;
        self.report(Report::Page {
            totals: self.totals.clone(),
            window,
            intake: Box::new(shown),
        })
        .await;
        Ok(Event::Journalled {
            now: self.poller.now(),
        })
    }

    async fn store(
        &self,
        mut intake: Intake,
        records: usize,
        conclusion: Option<Conclusion>,
    ) -> Result<(), Stopped> {
        let compiled = &self.active.compiled;
        match &self.sink {
            Sink::Nowhere => return Ok(()),
            Sink::Backfill => {}
            Sink::Journal(lease) => {
                let connector = self.active.connector();
                intake.progress = Some(Progress {
                    lease: lease.clone(),
                    sources: connector.sources_of(&self.active.dataset),
                    conclusion,
                    records,
                });
            }
        }
        let pool = self.poller.context.database.pool();
        let kept = keep_text(pool, &compiled.text, &compiled.yaml, &intake).await;
        kept.map_err(Stopped::Internal)?;
        match self.poller.queue.wait_behind(intake).await {
            Ok(_) => Ok(()),
            Err(Error::Refused(refused)) if matches!(refused.0, Refusal::Overtaken(_)) => {
                Err(Stopped::Overtaken)
            }
            Err(Error::Stopping) => Err(Stopped::Stopping),
            Err(error) => Err(Stopped::Internal(error)),
        }
    }

    fn count(&mut self, records: usize, intake: &Intake, conclusion: Option<&Conclusion>) {
        let totals = &mut self.totals;
        totals.pages += 1;
        totals.records += records;
        totals.facts += intake.facts();
        totals.quarantined += intake.quarantine.len();
        if let Some(conclusion) = conclusion {
            totals.through = Some(conclusion.checkpoint.through);
            if let Some(notice) = &conclusion.notice {
                totals.notice = notice.to_string();
            }
        }
    }

    /// Keeps a few of the records that go to quarantine, to be shown.
    fn shown(&self, intake: &Intake) -> Intake {
        let shown = match self.reports {
            Some(_) => intake.quarantine.iter().take(5).cloned().collect(),
            None => Vec::new(),
        };
        Intake {
            quarantine: shown,
            received_at: intake.received_at,
            ..Intake::default()
        }
    }

    async fn report(&self, report: Report) {
        if let Some(reports) = &self.reports {
            // Whoever does not listen any more does not stop the run.
            let _ = reports.send(report).await;
        }
    }
}

/// Writes a page as records of a file. A record's place in the answer is not told: the same
/// record is the same wherever it is read.
fn import(dataset: &str, page: Page) -> Result<ImportRecordsRequest, Error> {
    let record = |record: crate::poll::Record| {
        let raw = serde_json::to_vec(&record.value);
        Ok(WireRecord {
            raw: raw.map_err(|error| Error::Worker(error.to_string()))?,
            fault: record.fault.unwrap_or_default(),
            ..WireRecord::default()
        })
    };
    let records = page.records.into_iter().map(record);
    Ok(ImportRecordsRequest {
        dataset: dataset.to_owned(),
        batch_id: BATCH.to_owned(),
        records: records.collect::<Result<_, Error>>()?,
        ..ImportRecordsRequest::default()
    })
}
