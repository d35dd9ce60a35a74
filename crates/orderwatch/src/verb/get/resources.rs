//! `orderwatch get thresholds`, `get exemptions` and the like, and `get resource`.

use clap::Args;
use contracts::rules::v1::ListResourcesRequest;

use crate::cli::Global;
use crate::failure::Failure;
use crate::manifest::{Kind, Named};
use crate::output::{self, Format};
use crate::resource::Resource;

/// Of which rule set.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Rule set [default: the one in force].
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 0,
        hide_default_value = true
    )]
    pub(super) number: i64,
}

/// Which resource.
#[derive(Debug, Args)]
pub(crate) struct One {
    /// The resource, such as rule/shipping-delay.
    #[arg(value_name = "KIND/NAME")]
    resource: Named,
    #[command(flatten)]
    rule_set: Arguments,
}

/// Lists the resources of a kind; no kind lists all.
pub(crate) async fn list(
    global: &Global,
    kind: Option<Kind>,
    arguments: &Arguments,
) -> Result<(), Failure> {
    let request = ListResourcesRequest {
        kind: kind.map(Kind::word).unwrap_or_default().to_owned(),
        number: arguments.number,
        headings_only: global.output == Format::Table,
        ..ListResourcesRequest::default()
    };
    let rows = fetch(global, request).await?;
    output::list(global.output, &rows)
}

/// Writes one resource: in a table and in YAML its document, ready to be changed and applied.
pub(crate) async fn one(global: &Global, arguments: One) -> Result<(), Failure> {
    let request = ListResourcesRequest {
        kind: arguments.resource.kind.word().to_owned(),
        name: arguments.resource.name,
        number: arguments.rule_set.number,
        headings_only: false,
    };
    for resource in fetch(global, request).await? {
        match global.output {
            Format::Yaml => output::verbatim(&resource.document())?,
            format => output::document(format, &resource)?,
        }
    }
    Ok(())
}

async fn fetch(global: &Global, request: ListResourcesRequest) -> Result<Vec<Resource>, Failure> {
    let connection = global.connection();
    let answer = connection
        .rules()
        .call(request, async |mut client, request| {
            client.list_resources(request).await
        })
        .await?;
    Ok(answer.resources.into_iter().map(Resource::from).collect())
}
