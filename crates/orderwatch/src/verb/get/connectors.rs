//! `orderwatch get connectors`.

use contracts::ingest::v1::ListConnectorsRequest;

use crate::cli::Global;
use crate::failure::Failure;
use crate::output;
use crate::resource::Feed;

pub(crate) async fn run(global: &Global) -> Result<(), Failure> {
    let connection = global.connection();
    let answer = connection
        .connectors()
        .call(ListConnectorsRequest {}, async |mut client, request| {
            client.list_connectors(request).await
        })
        .await?;
    let rows: Vec<Feed> = answer.connectors.into_iter().flat_map(Feed::of).collect();
    output::list(global.output, &rows)
}
