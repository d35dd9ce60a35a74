//! `orderwatch get sources`.

use contracts::ingest::v1::ListSourcesRequest;

use crate::cli::Global;
use crate::failure::Failure;
use crate::output;
use crate::resource::Source;

pub(crate) async fn run(global: &Global) -> Result<(), Failure> {
    let connection = global.connection();
    let answer = connection
        .ingest()
        .call(ListSourcesRequest {}, async |mut client, request| {
            client.list_sources(request).await
        })
        .await?;
    let rows: Vec<Source> = answer.sources.into_iter().map(Source::from).collect();
    output::list(global.output, &rows)
}
