//! `orderwatch history`: every rule set, or every change of one resource.

use clap::Args;
use contracts::rules::v1::GetResourceHistoryRequest;

use super::get;
use crate::cli::Global;
use crate::failure::Failure;
use crate::manifest::Named;
use crate::output;
use crate::resource::Version;

/// Versions asked for.
const VERSIONS: i32 = 1_000;

/// Whose history.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A resource, such as threshold/ship-within [default: the rule set].
    #[arg(value_name = "KIND/NAME")]
    resource: Option<Named>,
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    let Some(resource) = arguments.resource else {
        return get::rule_sets(global).await;
    };
    let request = GetResourceHistoryRequest {
        kind: resource.kind.word().to_owned(),
        name: resource.name,
        page_size: VERSIONS,
    };
    let connection = global.connection();
    let answer = connection
        .rules()
        .call(request, async |mut client, request| {
            client.get_resource_history(request).await
        })
        .await?;
    let rows: Vec<Version> = answer.versions.into_iter().map(Version::from).collect();
    output::list(global.output, &rows)
}
