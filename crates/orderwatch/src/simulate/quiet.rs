//! Waits until nothing is left to do.

use std::time::{Duration, Instant};

use contracts::ticketing::v1::GetFiguresRequest;

use crate::connection::Connection;
use crate::failure::Failure;
use crate::judgement;

/// How often it is asked.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long it may stand still before it is given up.
const STANDSTILL: Duration = Duration::from_secs(120);

/// Waits until every fact is judged and every verdict is published.
pub(super) async fn until_judged(connection: &Connection) -> Result<(), Failure> {
    judgement::finished(connection, STANDSTILL).await.map(drop)
}

/// Waits until ticketing has heard of every verdict: its figures rest for three seconds.
pub(super) async fn until_told(connection: &Connection) -> Result<(), Failure> {
    let client = connection.tickets();
    let (mut last, mut since, begun) = ((0, 0), Instant::now(), Instant::now());
    while since.elapsed() < Duration::from_secs(3) && begun.elapsed() < STANDSTILL {
        let figures = client
            .insist(GetFiguresRequest::default(), async |mut client, request| {
                client.get_figures(request).await
            })
            .await?;
        let now = (figures.opened, figures.resolved);
        if now != last {
            (last, since) = (now, Instant::now());
        }
        tokio::time::sleep(LOOK_EVERY * 2).await;
    }
    Ok(())
}
