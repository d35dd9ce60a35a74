//! `orderwatch get`: lists, a noun each.

mod accuracy;
mod connectors;
mod deliveries;
mod escalations;
mod exceptions;
mod figures;
mod queues;
mod resources;
mod rules;
mod sources;
mod tickets;

use clap::{Args, Subcommand};
use tonic::{Response, Status};

use crate::cli::Global;
use crate::connection::Client;
use crate::failure::Failure;
use crate::manifest::Kind;
use crate::verb;

pub(crate) use rules::rule_sets;

/// What to list.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    noun: Noun,
}

#[derive(Debug, Subcommand)]
enum Noun {
    /// Intervals during which a rule was true of an order.
    #[command(visible_alias = "exception")]
    Exceptions(exceptions::Arguments),
    /// What must be done, by whom, until when.
    #[command(visible_alias = "ticket")]
    Tickets(tickets::Arguments),
    /// How much each team has to do, and until when.
    #[command(visible_alias = "queue")]
    Queues(queues::Arguments),
    /// Sources of facts and how far they are complete.
    #[command(visible_alias = "source")]
    Sources,
    /// Connectors in force, and how what feeds them is doing.
    #[command(visible_alias = "connector")]
    Connectors,
    /// The rules of a rule set.
    #[command(visible_alias = "rule")]
    Rules(resources::Arguments),
    /// The decision tables of a rule set.
    #[command(visible_alias = "threshold")]
    Thresholds(resources::Arguments),
    /// The lists of exemptions of a rule set.
    #[command(visible_alias = "exemption")]
    Exemptions(resources::Arguments),
    /// The calendars of a rule set.
    #[command(visible_alias = "calendar")]
    Calendars(resources::Arguments),
    /// The scenarios of a rule set.
    #[command(visible_alias = "scenario")]
    Scenarios(resources::Arguments),
    /// Every resource of a rule set.
    Resources(resources::Arguments),
    /// One resource; with -o yaml its document alone, ready to be changed and applied.
    Resource(resources::One),
    /// Every rule set that was in force.
    #[command(visible_alias = "rule-set")]
    RuleSets,
    /// The fields that rules may read.
    #[command(visible_alias = "field")]
    Fields,
    /// Cases and incidents: tickets that belong together.
    #[command(visible_alias = "group")]
    Groups(verb::group::Filter),
    /// Messages to people and what became of them.
    #[command(visible_alias = "delivery")]
    Deliveries(deliveries::Arguments),
    /// How far tickets were escalated.
    #[command(visible_alias = "escalation")]
    Escalations(escalations::Arguments),
    /// The standard procedures.
    #[command(visible_alias = "sop")]
    Sops,
    /// What the services counted; or, by group, how tickets were dealt with.
    Figures(figures::Arguments),
    /// How often the rules were right, by what people say.
    Accuracy(accuracy::Arguments),
    /// What people say of exceptions, newest first.
    #[command(visible_alias = "mark")]
    Marks(accuracy::MarkFilter),
    /// Messages that a service could not digest.
    #[command(visible_alias = "dead-letter")]
    DeadLetters(verb::dead_letters::Filter),
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    match arguments.noun {
        Noun::Exceptions(filter) => exceptions::run(global, filter).await,
        Noun::Tickets(filter) => tickets::run(global, filter).await,
        Noun::Queues(filter) => queues::run(global, filter).await,
        Noun::Sources => sources::run(global).await,
        Noun::Connectors => connectors::run(global).await,
        Noun::Rules(of) => rules::rules(global, &of).await,
        Noun::Thresholds(of) => resources::list(global, Some(Kind::Threshold), &of).await,
        Noun::Exemptions(of) => resources::list(global, Some(Kind::Exemption), &of).await,
        Noun::Calendars(of) => resources::list(global, Some(Kind::Calendar), &of).await,
        Noun::Scenarios(of) => resources::list(global, Some(Kind::Scenario), &of).await,
        Noun::Resources(of) => resources::list(global, None, &of).await,
        Noun::Resource(one) => resources::one(global, one).await,
        Noun::RuleSets => rules::rule_sets(global).await,
        Noun::Fields => rules::fields(global).await,
        Noun::Groups(filter) => verb::group::list(global, filter).await,
        Noun::Deliveries(filter) => deliveries::run(global, filter).await,
        Noun::Escalations(filter) => escalations::run(global, filter).await,
        Noun::Sops => tickets::sops(global).await,
        Noun::Figures(of) => figures::run(global, of).await,
        Noun::Accuracy(filter) => accuracy::run(global, filter).await,
        Noun::Marks(filter) => accuracy::marks(global, filter).await,
        Noun::DeadLetters(filter) => verb::dead_letters::list(global, &filter).await,
    }
}

/// How many rows one page asks for.
const PAGE: i32 = 1_000;

/// Lists everything of a service: `request` makes the request of a page from its size
/// and token, `method` answers it with the rows and the token of the next page.
pub(crate) async fn every_row<R, W, C, Q, F, Fut>(
    client: &Client<C>,
    request: impl Fn(i32, String) -> Q,
    method: F,
) -> Result<Vec<R>, Failure>
where
    R: From<W>,
    C: Clone,
    Q: Clone,
    F: Fn(C, Q) -> Fut,
    Fut: Future<Output = Result<Response<(Vec<W>, String)>, Status>>,
{
    let rows = every_page(async |token| {
        let request = request(PAGE, token);
        client.call(request, &method).await
    });
    Ok(rows.await?.into_iter().map(R::from).collect())
}

/// Fetches page after page until there is none.
async fn every_page<W, F>(mut fetch: F) -> Result<Vec<W>, Failure>
where
    F: AsyncFnMut(String) -> Result<(Vec<W>, String), Failure>,
{
    let mut rows = Vec::new();
    let mut token = String::new();
    loop {
        let (page, next) = fetch(token).await?;
        rows.extend(page);
        if next.is_empty() {
            return Ok(rows);
        }
        token = next;
    }
}

/// Reads a word as a wire enum whose names start with `prefix`.
fn state<E>(
    word: &str,
    prefix: &str,
    find: impl Fn(&str) -> Option<E>,
    words: &[&str],
) -> Result<E, String> {
    find(&crate::resource::wire_name(word, prefix))
        .filter(|_| word != "unspecified")
        .ok_or_else(|| format!("expected one of {}", words.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_list_pages_through_everything() {
        let rows = every_page(async |token| {
            let next = match token.as_str() {
                "" => "2",
                "2" => "3",
                _ => "",
            };
            Ok((vec![token], next.to_owned()))
        })
        .await
        .unwrap();
        assert_eq!(rows, ["", "2", "3"]);
    }
}
