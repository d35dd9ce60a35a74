//! `orderwatch facts`: what the archive of ingest holds of an order, or of what orders share.

use clap::Args;
use contracts::fact::v1::EntityKind;
use contracts::ingest::v1 as wire;
use tonic::{Status, Streaming};

use crate::cli::Global;
use crate::connection::{Connection, Service};
use crate::failure::Failure;
use crate::output;
use crate::progress::note;
use crate::resource::Archived;
use crate::time::instant;

/// Whose facts.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The order's id: its own facts, and those of its lines, shipments, refunds and customs
    /// declarations.
    #[arg(required_unless_present_any = ["customer", "stock"])]
    order: Option<String>,
    /// A customer instead, by id.
    #[arg(long, value_name = "ID", conflicts_with_all = ["order", "stock"])]
    customer: Option<String>,
    /// The stock of a SKU instead.
    #[arg(long, value_name = "SKU", conflicts_with = "order")]
    stock: Option<String>,
    /// Only from this source; may be given several times.
    #[arg(long, value_name = "NAME")]
    source: Vec<String>,
}

/// What an answer brings.
struct Part {
    archive: Option<wire::Archive>,
    facts: Vec<wire::ArchivedFact>,
}

impl From<wire::ReadOrderFactsResponse> for Part {
    fn from(answer: wire::ReadOrderFactsResponse) -> Self {
        let wire::ReadOrderFactsResponse { archive, facts } = answer;
        Self { archive, facts }
    }
}

impl From<wire::ReadEntityFactsResponse> for Part {
    fn from(answer: wire::ReadEntityFactsResponse) -> Self {
        let wire::ReadEntityFactsResponse { archive, facts } = answer;
        Self { archive, facts }
    }
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    let connection = global.connection();
    let (kind, id) = match (&arguments.order, arguments.customer, arguments.stock) {
        (_, Some(customer), _) => (EntityKind::Customer, customer),
        (_, _, Some(sku)) => (EntityKind::Stock, sku),
        (order, _, _) => (EntityKind::Order, order.clone().unwrap_or_default()),
    };
    let rows = match kind {
        EntityKind::Order => of_order(&connection, &id, arguments.source).await?,
        kind => shared(&connection, kind, &id, arguments.source).await?,
    };
    output::list(global.output, &rows)
}

async fn of_order(
    connection: &Connection,
    id: &str,
    sources: Vec<String>,
) -> Result<Vec<Archived>, Failure> {
    let request = wire::ReadOrderFactsRequest {
        order_id: id.to_owned(),
        sources,
    };
    let answers = connection
        .unhurried()
        .ingest()
        .call(request, async |mut client, request| {
            client.read_order_facts(request).await
        })
        .await?;
    gathered(connection, answers, &format!("order {id}")).await
}

async fn shared(
    connection: &Connection,
    kind: EntityKind,
    id: &str,
    sources: Vec<String>,
) -> Result<Vec<Archived>, Failure> {
    let request = wire::ReadEntityFactsRequest {
        kind: kind.into(),
        entity_id: id.to_owned(),
        sources,
    };
    let answers = connection
        .unhurried()
        .ingest()
        .call(request, async |mut client, request| {
            client.read_entity_facts(request).await
        })
        .await?;
    let word = if kind == EntityKind::Stock {
        "stock"
    } else {
        "customer"
    };
    gathered(connection, answers, &format!("{word} {id}")).await
}

/// Gathers the facts, and says what the archive could not know.
async fn gathered<A: Into<Part>>(
    connection: &Connection,
    mut answers: Streaming<A>,
    whose: &str,
) -> Result<Vec<Archived>, Failure> {
    let failed = |status: Status| Failure::from_status(&connection.place(Service::Ingest), &status);
    let (mut archive, mut rows) = (wire::Archive::default(), Vec::new());
    while let Some(answer) = answers.message().await.map_err(failed)? {
        let part = answer.into();
        archive = part.archive.unwrap_or(archive);
        rows.extend(part.facts.into_iter().map(Archived::from));
    }
    if rows.is_empty() {
        note(&format!("no fact of {whose} {}", since(&archive)));
    }
    if let Some(note_of_days) = unindexed(&archive) {
        note(&note_of_days);
    }
    Ok(rows)
}

fn since(archive: &wire::Archive) -> String {
    match &archive.oldest {
        Some(oldest) => format!(
            "since {}, from when on the archive holds them",
            instant(oldest)
        ),
        None => "yet: the archive holds none at all".to_owned(),
    }
}

fn unindexed(archive: &wire::Archive) -> Option<String> {
    let days = &archive.unindexed_days;
    (!days.is_empty()).then(|| {
        format!(
            "facts that arrived on {} are missing: those days are still being indexed",
            days.join(", ")
        )
    })
}
