//! The machine itself.

use std::collections::HashSet;

use order::Timestamp;
use sha2::{Digest, Sha256};
use url::Url;

use super::page::{Place, Read, unlike};
use super::retry::{Jitter, next_try};
use super::rows::{Keyset, Positioned};
use super::window::{Checkpoint, Seen, Window};
use super::{
    Answered, Conclusion, Effect, Event, Failure, FailureKind, Page, Polling, Querying, Record,
    Task,
};

/// Where a run stands.
#[derive(Clone, Debug, Default)]
pub struct State {
    checkpoint: Option<Checkpoint>,
    until: Option<Timestamp>,
    window: Option<Window>,
    place: Place,
    keyset: Keyset,
    /// Where the page was asked for, against which its links are read.
    url: Option<Url>,
    attempt: u32,
    is_renewed: bool,
    /// Digests of the pages of the window, and of the tokens that led to them.
    pages: HashSet<[u8; 32]>,
    tokens: HashSet<[u8; 32]>,
    seen: Seen,
    records: usize,
    after: Option<After>,
}

/// What follows once a page is journalled.
#[derive(Clone, Debug)]
enum After {
    Page(Place),
    Window(Conclusion),
}

impl State {
    /// Takes in what happened and decides what is to be done.
    #[must_use]
    pub fn next(mut self, task: &Task<'_>, event: Event) -> (Self, Effect) {
        let effect = self.step(task, event).unwrap_or_else(Effect::Fail);
        (self, effect)
    }

    /// Returns the window that is being read.
    #[must_use]
    pub const fn window(&self) -> Option<&Window> {
        self.window.as_ref()
    }

    fn step(&mut self, task: &Task<'_>, event: Event) -> Result<Effect, Failure> {
        match event {
            Event::Begun {
                checkpoint,
                until,
                now,
            } => {
                (self.checkpoint, self.until) = (checkpoint, until);
                self.open(task, now)
            }
            Event::Resumed { .. } => self.ask(task),
            Event::Answered {
                answer,
                now,
                jitter,
            } => match task {
                Task::Poll(polling) => self.answered(task, polling, &answer, (now, jitter)),
                Task::Query(_) => Ok(Effect::Finish),
            },
            Event::Selected { rows, .. } => match task {
                Task::Query(querying) => self.selected(task, querying, rows),
                Task::Poll(_) => Ok(Effect::Finish),
            },
            Event::Broken { cause, now, jitter } => {
                self.failed(task, cause.failure(), (now, jitter))
            }
            Event::Journalled { now } => match self.after.take() {
                Some(After::Page(place)) => self.turn_to(task, place),
                Some(After::Window(conclusion)) => self.concluded(task, &conclusion, now),
                None => Ok(Effect::Finish),
            },
        }
    }

    /// Begins with the next window.
    fn open(&mut self, task: &Task<'_>, now: Timestamp) -> Result<Effect, Failure> {
        let window = Window::after(task.range(), self.checkpoint.as_ref(), self.until, now);
        let (place, keyset) = match task {
            Task::Poll(polling) => (Place::first(&polling.poll.pages), Keyset::default()),
            Task::Query(querying) => {
                let place = Place::default().following();
                (place, Keyset::first(querying.query, &window))
            }
        };
        *self = Self {
            window: Some(window),
            place,
            keyset,
            checkpoint: self.checkpoint,
            until: self.until,
            ..Self::default()
        };
        self.ask(task)
    }

    fn ask(&mut self, task: &Task<'_>) -> Result<Effect, Failure> {
        let Some(window) = &self.window else {
            return Ok(Effect::Finish);
        };
        match task {
            Task::Query(_) => Ok(Effect::Select(self.keyset.select(window))),
            Task::Poll(polling) => {
                let request = polling.request(window, &self.place)?;
                self.url = Some(request.url.clone());
                Ok(Effect::Ask(Box::new(request)))
            }
        }
    }

    fn turn_to(&mut self, task: &Task<'_>, place: Place) -> Result<Effect, Failure> {
        self.place = place;
        self.ask(task)
    }

    fn answered(
        &mut self,
        task: &Task<'_>,
        polling: &Polling<'_>,
        answer: &Answered,
        when: (Timestamp, Jitter),
    ) -> Result<Effect, Failure> {
        let sight = match answer.judged(polling, &self.place, when.0) {
            Ok(sight) => sight,
            Err(failure) => return self.failed(task, failure, when),
        };
        (self.attempt, self.is_renewed) = (0, false);
        let expression = &polling.poll.records;
        let scope = sight.scope(polling, &self.place);
        let listed = polling.connector.records(expression, &scope);
        let values = listed.map_err(|error| unlike(expression, &error))?;
        let is_probe = self.place.is_probe;
        if !is_probe {
            self.is_new(&values)?;
            self.records += values.len();
        }
        let Some(url) = self.url.clone() else {
            return Ok(Effect::Finish);
        };
        let read = Read {
            records: values.len(),
            so_far: self.records,
            url: &url,
            answer,
            sight: &sight,
        };
        let next = self.place.next(polling, &read)?;
        let listed = values.into_iter().filter(|_| !is_probe);
        let records = listed.map(|value| Record { value, fault: None });
        let records = self.positioned(task, records.collect());
        let records = records.into_iter().map(|(record, _)| record).collect();
        self.go_on(task, next, records)
    }

    fn selected(
        &mut self,
        task: &Task<'_>,
        querying: &Querying<'_>,
        rows: Vec<Record>,
    ) -> Result<Effect, Failure> {
        self.attempt = 0;
        let rows = self.positioned(task, rows);
        let onward = self.keyset.next(querying.query, &rows)?;
        let records = self.keyset.fresh(rows);
        let next = onward.map(|onward| {
            self.keyset.turn(onward);
            self.place.following()
        });
        self.go_on(task, next, records)
    }

    /// Delivers what an answer brought, and notes what follows.
    fn go_on(
        &mut self,
        task: &Task<'_>,
        next: Option<Place>,
        records: Vec<Record>,
    ) -> Result<Effect, Failure> {
        let Some(window) = self.window else {
            return Ok(Effect::Finish);
        };
        match next {
            Some(place) => {
                self.leads_on(task, &place)?;
                if records.is_empty() {
                    return self.turn_to(task, place);
                }
                self.after = Some(After::Page(place));
                Ok(self.deliver(records, None, window))
            }
            None => {
                let known = self.checkpoint.as_ref();
                let conclusion = window.conclusion(task.range(), known, self.seen);
                self.after = Some(After::Window(conclusion.clone()));
                Ok(self.deliver(records, Some(conclusion), window))
            }
        }
    }

    fn deliver(
        &self,
        records: Vec<Record>,
        conclusion: Option<Conclusion>,
        window: Window,
    ) -> Effect {
        Effect::Deliver(Page {
            records,
            conclusion,
            window,
            number: self.place.number,
        })
    }

    /// Goes on with the next window where the present is not reached.
    fn concluded(
        &mut self,
        task: &Task<'_>,
        conclusion: &Conclusion,
        now: Timestamp,
    ) -> Result<Effect, Failure> {
        let before = self.checkpoint.replace(conclusion.checkpoint);
        let has_moved = before.is_none_or(|before| before.through < conclusion.checkpoint.through);
        let to = self.window.and_then(|window| window.to);
        let is_at_end = to.is_some() && to == self.until;
        if conclusion.watermark.is_some() || is_at_end || !has_moved {
            return Ok(Effect::Finish);
        }
        self.open(task, now)
    }

    fn failed(
        &mut self,
        task: &Task<'_>,
        failure: Failure,
        when: (Timestamp, Jitter),
    ) -> Result<Effect, Failure> {
        let is_curable = failure.kind == FailureKind::Unauthorized && task.has_token();
        if is_curable && !self.is_renewed {
            self.is_renewed = true;
            return Ok(Effect::Renew);
        }
        self.attempt += 1;
        let (until, because) = next_try(failure, self.attempt, task.retries(), when)?;
        Ok(Effect::Wait { until, because })
    }

    /// A page that was read before means that the list goes in a circle, or that the vendor
    /// does not heed where in the list it is asked for.
    fn is_new(&mut self, records: &[serde_json::Value]) -> Result<(), Failure> {
        if records.is_empty() {
            return Ok(());
        }
        let mut digest = Sha256::new();
        for record in records {
            digest.update(record.to_string());
            digest.update([0]);
        }
        if self.pages.insert(digest.finalize().into()) {
            return Ok(());
        }
        let message = format!(
            "answer {} of the window holds the same {} records as an earlier one: the vendor \
             does not heed the page that it is asked for",
            self.place.number,
            records.len()
        );
        Err(Failure::new(FailureKind::Loop, message))
    }

    fn leads_on(&mut self, task: &Task<'_>, place: &Place) -> Result<(), Failure> {
        let (most, remedy) = task.most_pages();
        if place.number > most {
            let message =
                format!("the window has more than {most} pages: make it shorter, or {remedy}");
            return Err(Failure::new(FailureKind::Pages, message));
        }
        let Some(token) = place.token() else {
            return Ok(());
        };
        if self.tokens.insert(Sha256::digest(token.as_bytes()).into()) {
            return Ok(());
        }
        let message = format!(
            "answer {} of the window leads to a page that was asked for before: the list goes in \
             a circle",
            self.place.number
        );
        Err(Failure::new(FailureKind::Loop, message))
    }

    /// Notes how new each record is. What cannot be told is no reason to lose the record: it
    /// goes to quarantine with the reason.
    fn positioned(&mut self, task: &Task<'_>, records: Vec<Record>) -> Vec<Positioned> {
        let position = |record: &Record| match task.cursor() {
            None => Ok(None),
            Some(cursor) => task.connector().position(cursor, &record.value).map(Some),
        };
        let positioned = |record: Record| {
            let position = position(&record);
            if let Ok(Some(position)) = &position {
                self.seen.add(*position);
            }
            let unknown = |error: &String| format!("`cursor`: {error}");
            let fault = record.fault.or(position.as_ref().err().map(unknown));
            let value = record.value;
            (Record { value, fault }, position.ok().flatten())
        };
        records.into_iter().map(positioned).collect()
    }
}
