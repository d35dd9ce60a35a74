//! `orderwatch preview`: what rules would do, before they are applied.

use std::path::PathBuf;

use clap::Args;
use contracts::rules::v1 as wire;
use tokio_stream::StreamExt;

use crate::cli::Global;
use crate::connection::{Connection, Service};
use crate::failure::{Exit, Failure};
use crate::manifest::{self, Document, Owner, join};
use crate::output;
use crate::progress::Progress;
use crate::resource::Impact;

/// What to preview.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    candidate: Candidate,
    /// Orders to show for every rule and what would be told of it.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(i32).range(0..=100))]
    examples: i32,
}

/// A rule set that may come into force.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Candidate {
    /// A file, a folder of YAML files, or `-` for standard input: documents that
    /// take the place of those in force. May be given several times.
    #[arg(short, long = "filename")]
    filename: Vec<PathBuf>,
    /// A resource to leave out, such as Rule/shipping-delay; may be given
    /// several times.
    #[arg(long, value_name = "KIND/NAME", conflicts_with = "replace")]
    delete: Vec<String>,
    /// Take the documents as the whole rule set.
    #[arg(long, requires = "filename")]
    replace: bool,
    /// A rule set that was in force before.
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["filename", "delete", "replace"])]
    rule_set: Option<i64>,
}

impl Candidate {
    /// Reads the files; without any of the options, the rule set in force is meant.
    pub(crate) fn read(&self) -> Result<wire::Candidate, Failure> {
        use wire::candidate::Origin;

        if let Some(number) = self.rule_set {
            let origin = Some(Origin::Number(number));
            return Ok(wire::Candidate { origin });
        }
        let documents = manifest::read(&self.filename)?;
        if self.filename.is_empty() && self.delete.is_empty() {
            return Ok(wire::Candidate::default());
        }
        Ok(candidate(&documents, self.replace, self.delete.clone()))
    }
}

/// The candidate that documents make, be they all there is or changes.
pub(crate) fn candidate(
    documents: &[Document],
    replace: bool,
    delete: Vec<String>,
) -> wire::Candidate {
    use wire::candidate::Origin;

    let rules = documents
        .iter()
        .filter(|document| document.kind.owner() == Owner::Service(Service::RuleEvaluation));
    let text = join(rules);
    let origin = if replace {
        Origin::ResourcesYaml(text)
    } else {
        Origin::Revision(wire::Revision {
            put_yaml: text,
            delete,
        })
    };
    wire::Candidate {
        origin: Some(origin),
    }
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    let candidate = arguments.candidate.read()?;
    let impact = impact(&global.connection(), candidate, arguments.examples).await?;
    output::one(global.output, &impact)
}

/// Asks for the impact of a candidate, and shows how far the answer has come.
pub(crate) async fn impact(
    connection: &Connection,
    candidate: wire::Candidate,
    examples: i32,
) -> Result<Impact, Failure> {
    let request = wire::PreviewRuleSetRequest {
        candidate: Some(candidate),
        examples,
    };
    let service = Service::RuleEvaluation;
    let place = connection.place(service);
    let mut answers = connection
        .unhurried()
        .trials()
        .call(request, async |mut client, request| {
            client.preview_rule_set(request).await
        })
        .await?;
    let mut progress = None;
    while let Some(answer) = answers.next().await {
        let answer = answer.map_err(|status| Failure::from_status(&place, &status))?;
        let of_orders = u64::try_from(answer.of_orders).unwrap_or_default();
        let shown = progress.get_or_insert_with(|| Progress::new("judging", of_orders, "orders"));
        shown.set(u64::try_from(answer.orders).unwrap_or_default());
        if let Some(impact) = answer.impact {
            if answer.done {
                shown.finish();
                return Ok(Impact::new(answer.orders, impact));
            }
            let total = impact.total.unwrap_or_default();
            let ends = total.cleared + total.retracted;
            shown.say(&format!("opens {}, ends {ends}", total.opened));
        }
    }
    let ended = "the preview ended before it was done";
    Err(Failure::new(Exit::Internal, ended).at(place))
}
