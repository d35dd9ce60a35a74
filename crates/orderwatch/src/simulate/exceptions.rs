//! Every exception as it stands, for the score.

use contracts::event::v1::{Exception, ExceptionState};
use contracts::rules::v1::ListExceptionsRequest;
use contracts::time::instant;
use order::Timestamp;
use prost_types::Timestamp as WireTimestamp;
use simulator::score::Verdict;

use crate::connection::Connection;
use crate::failure::{Exit, Failure};

/// Exceptions asked for at once.
const PAGE: i32 = 1_000;

/// Lists the exceptions of the simulated orders that opened before an instant, those taken
/// back included.
pub(super) async fn before(
    connection: &Connection,
    until: Timestamp,
) -> Result<Vec<Verdict>, Failure> {
    let client = connection.rules();
    let mut verdicts = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListExceptionsRequest {
            states: vec![
                ExceptionState::Open.into(),
                ExceptionState::Cleared.into(),
                ExceptionState::Retracted.into(),
            ],
            page_size: PAGE,
            page_token,
            ..ListExceptionsRequest::default()
        };
        let page = client
            .insist(request, async |mut client, request| {
                client.list_exceptions(request).await
            })
            .await?;
        for exception in page.exceptions {
            verdicts.push(verdict(exception)?);
        }
        if page.next_page_token.is_empty() {
            break;
        }
        page_token = page.next_page_token;
    }
    verdicts.retain(|verdict| verdict.opened_at < until);
    Ok(verdicts)
}

fn verdict(exception: Exception) -> Result<Verdict, Failure> {
    let fault = |field: &str| {
        let what = format!("exception {} has no readable {field}", exception.id);
        Failure::new(Exit::DataLoss, what)
    };
    let read = |at: &WireTimestamp| instant(at).ok();
    Ok(Verdict {
        opened_at: exception
            .opened_at
            .as_ref()
            .and_then(read)
            .ok_or_else(|| fault("opened_at"))?,
        detected_at: exception
            .detected_at
            .as_ref()
            .and_then(read)
            .ok_or_else(|| fault("detected_at"))?,
        cleared_at: exception.cleared_at.as_ref().and_then(read),
        retracted: exception.state == i32::from(ExceptionState::Retracted),
        retroactive: exception.retroactive,
        rule: exception.rule,
        order_id: exception.order_id,
    })
}
