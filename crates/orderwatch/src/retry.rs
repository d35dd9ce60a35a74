//! Trying again while a server is away.

use std::time::{Duration, Instant};

use tonic::{Code, Status};

/// How long a call that cannot be answered is repeated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    deadline: Instant,
    /// Whether faults that are usually lasting are repeated as well: right for
    /// idempotent sending while servers die and come back.
    stubborn: bool,
}

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

impl Patience {
    /// Repeats while the server cannot be reached.
    pub(crate) fn brief(limit: Duration) -> Self {
        Self {
            deadline: Instant::now() + limit,
            stubborn: false,
        }
    }

    /// Repeats whatever could pass when every server is back.
    pub(crate) fn stubborn(limit: Duration) -> Self {
        Self {
            deadline: Instant::now() + limit,
            stubborn: true,
        }
    }

    fn allows(&self, status: &Status) -> bool {
        let passing = match status.code() {
            Code::Unavailable => true,
            Code::Unknown
            | Code::Internal
            | Code::Cancelled
            | Code::DeadlineExceeded
            | Code::ResourceExhausted
            | Code::Aborted => self.stubborn,
            _ => false,
        };
        passing && Instant::now() < self.deadline
    }

    /// Makes a call until it is answered, refused for good, or the time is up.
    pub(crate) async fn call<T, F, Fut>(self, mut attempt: F) -> Result<T, Status>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<tonic::Response<T>, Status>>,
    {
        let mut pause = FIRST_PAUSE;
        loop {
            match attempt().await {
                Ok(response) => return Ok(response.into_inner()),
                Err(status) if self.allows(&status) => {
                    tracing::debug!(code = ?status.code(), "call will be repeated");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Err(status) => return Err(status),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    async fn attempts(patience: Patience, code: Code, failing: u32) -> (u32, bool) {
        let count = Cell::new(0);
        let outcome = patience
            .call(|| {
                count.set(count.get() + 1);
                let answer = if count.get() <= failing {
                    Err(Status::new(code, "away"))
                } else {
                    Ok(tonic::Response::new(()))
                };
                async move { answer }
            })
            .await;
        (count.get(), outcome.is_ok())
    }

    #[tokio::test]
    async fn a_server_that_is_away_is_called_again() {
        let patience = Patience::brief(Duration::from_secs(60));
        assert_eq!(attempts(patience, Code::Unavailable, 2).await, (3, true));
    }

    #[tokio::test]
    async fn a_refusal_is_final() {
        let patience = Patience::stubborn(Duration::from_secs(60));
        assert_eq!(
            attempts(patience, Code::InvalidArgument, 1).await,
            (1, false)
        );
    }

    #[tokio::test]
    async fn patience_ends() {
        let patience = Patience::brief(Duration::ZERO);
        assert_eq!(attempts(patience, Code::Unavailable, 9).await, (1, false));
    }
}
