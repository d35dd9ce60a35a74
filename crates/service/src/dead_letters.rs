//! `DeadLetterService` over the bus: what this service could not digest.

use bus::{Bus, DeadLetter, DeadLetters};
use chrono::{DateTime, Utc};
use contracts::operations::v1 as wire;
use tonic::{Request, Response, Status};

use crate::Error;
use crate::error::status;
use crate::event_log::timestamp;

/// Most dead letters of one answer, and the default.
const MOST_LISTED: i32 = 1_000;
const LISTED: usize = 100;

pub(crate) struct DeadLetterServer {
    letters: DeadLetters,
}

impl DeadLetterServer {
    pub(crate) fn new(bus: &Bus, service: &str) -> Self {
        Self {
            letters: bus.dead_letters(service),
        }
    }

    async fn all(&self) -> Result<Vec<i64>, Error> {
        let mut sequences: Vec<i64> = Vec::new();
        loop {
            let after = sequences.last().copied().unwrap_or(0);
            let page = self.letters.list(after, LISTED).await?;
            if page.is_empty() {
                return Ok(sequences);
            }
            sequences.extend(page.iter().map(|letter| letter.sequence));
        }
    }

    async fn replay(&self, asked: Vec<i64>) -> Result<i32, Error> {
        let sequences = if asked.is_empty() {
            self.all().await?
        } else {
            asked
        };
        let mut replayed = 0;
        for sequence in sequences {
            self.letters.replay(sequence).await?;
            replayed += 1;
        }
        Ok(replayed)
    }
}

#[tonic::async_trait]
impl wire::dead_letter_service_server::DeadLetterService for DeadLetterServer {
    async fn list_dead_letters(
        &self,
        request: Request<wire::ListDeadLettersRequest>,
    ) -> Result<Response<wire::ListDeadLettersResponse>, Status> {
        let request = request.into_inner();
        let limit = match request.limit {
            1.. => usize::try_from(request.limit.min(MOST_LISTED)).unwrap_or(LISTED),
            _ => LISTED,
        };
        let listed = self.letters.list(request.after_sequence, limit).await;
        let listed = listed.map_err(|error| status(&Error::Bus(error)))?;
        let dead_letters = listed.into_iter().map(wire_letter).collect();
        Ok(Response::new(wire::ListDeadLettersResponse {
            dead_letters,
        }))
    }

    async fn replay_dead_letters(
        &self,
        request: Request<wire::ReplayDeadLettersRequest>,
    ) -> Result<Response<wire::ReplayDeadLettersResponse>, Status> {
        let replayed = self
            .replay(request.into_inner().sequences)
            .await
            .map_err(|error| status(&error))?;
        Ok(Response::new(wire::ReplayDeadLettersResponse { replayed }))
    }
}

fn wire_letter(letter: DeadLetter) -> wire::DeadLetter {
    wire::DeadLetter {
        sequence: letter.sequence,
        subject: letter.message.subject,
        consumer: letter.consumer,
        event_id: letter.message.event_id,
        error: letter.cause,
        deliveries: i32::try_from(letter.attempts).unwrap_or(i32::MAX),
        dead_at: Some(timestamp(DateTime::<Utc>::from(letter.dead_at))),
        size_bytes: i32::try_from(letter.message.payload.len()).unwrap_or(i32::MAX),
    }
}
