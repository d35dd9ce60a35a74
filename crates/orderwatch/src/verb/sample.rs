//! `orderwatch sample`: labelled orders that rules are held against.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use contracts::rules::v1 as wire;

use super::explain::Language;
use super::preview::Candidate;
use crate::cli::{Actor, Global};
use crate::connection::Connection;
use crate::failure::{Exit, Failure};
use crate::output;
use crate::progress::note;
use crate::resource::{Sample, Trial};

/// What to do.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Store labelled orders with all that is known of them now.
    Put(Put),
    /// List the samples.
    List,
    /// Show a sample with its labels.
    Show {
        /// Its name.
        name: String,
    },
    /// Hold rules against a sample: those in force, or others.
    Run {
        /// Its name.
        name: String,
        #[command(flatten)]
        candidate: Candidate,
        /// Exit with code 6 when more are missed.
        #[arg(long)]
        max_missed: Option<usize>,
        /// Language of the reasons [default: that of LANG].
        #[arg(long, value_enum)]
        language: Option<Language>,
    },
    /// Delete a sample.
    Delete {
        /// Its name.
        name: String,
        /// Why.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        actor: Actor,
    },
}

#[derive(Debug, Args)]
struct Put {
    /// Its name; one of that name is replaced.
    name: String,
    /// A CSV file with the columns order, exception (true or false), and rule or
    /// scenario; note may be left out.
    #[arg(short, long, required_unless_present = "from_marks")]
    filename: Option<PathBuf>,
    /// Take what people agree on of exceptions.
    #[arg(long)]
    from_marks: bool,
    /// Of marks, only those of this rule.
    #[arg(long, requires = "from_marks")]
    rule: Option<String>,
    /// Of marks, only the newest so many orders.
    #[arg(long, requires = "from_marks", value_parser = clap::value_parser!(i32).range(1..))]
    newest: Option<i32>,
    /// Why.
    #[arg(long, default_value = "stored by hand")]
    reason: String,
    #[command(flatten)]
    actor: Actor,
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    let connection = global.connection();
    match arguments.act {
        Act::Put(put) => self::put(global, &connection, put).await,
        Act::List => {
            let request = wire::ListSamplesRequest {};
            let answer = connection
                .trials()
                .call(request, async |mut client, request| {
                    client.list_samples(request).await
                })
                .await?;
            let rows: Vec<Sample> = answer.samples.into_iter().map(Sample::from).collect();
            output::list(global.output, &rows)
        }
        Act::Show { name } => {
            let request = wire::GetSampleRequest { name };
            let sample = connection
                .trials()
                .call(request, async |mut client, request| {
                    client.get_sample(request).await
                })
                .await?
                .sample;
            output::one(global.output, &Sample::from(sample.unwrap_or_default()))
        }
        Act::Run {
            name,
            candidate,
            max_missed,
            language,
        } => {
            let language = Language::chosen(language);
            let request = wire::RunSampleRequest {
                name,
                candidate: Some(candidate.read()?),
                language: language.code().to_owned(),
                explained: 0,
            };
            let trial = Trial::new(
                connection
                    .trials()
                    .call(request, async |mut client, request| {
                        client.run_sample(request).await
                    })
                    .await?,
                language,
            );
            output::one(global.output, &trial)?;
            judge(trial.missed(), max_missed)
        }
        Act::Delete {
            name,
            reason,
            actor,
        } => {
            let request = wire::DeleteSampleRequest {
                name: name.clone(),
                actor: actor.login(),
                reason,
            };
            connection
                .trials()
                .call(request, async |mut client, request| {
                    client.delete_sample(request).await
                })
                .await?;
            note(&format!("sample {name} deleted"));
            Ok(())
        }
    }
}

async fn put(global: &Global, connection: &Connection, put: Put) -> Result<(), Failure> {
    let labels = match &put.filename {
        Some(path) => read_labels(path)?,
        None => Vec::new(),
    };
    let from_marks = put.from_marks.then(|| wire::LabelsFromMarks {
        rule: put.rule.unwrap_or_default(),
        newest: put.newest.unwrap_or_default(),
    });
    let request = wire::PutSampleRequest {
        name: put.name,
        labels,
        from_marks,
        actor: put.actor.login(),
        reason: put.reason,
    };
    let sample = connection
        .trials()
        .call(request, async |mut client, request| {
            client.put_sample(request).await
        })
        .await?
        .sample;
    let rows: Vec<Sample> = sample.into_iter().map(Sample::from).collect();
    output::list(global.output, &rows)
}

fn judge(missed: usize, most: Option<usize>) -> Result<(), Failure> {
    match most {
        Some(most) if missed > most => Err(Failure::new(
            Exit::FailedPrecondition,
            format!("{missed} are missed, at most {most} may be"),
        )),
        _ => Ok(()),
    }
}

#[derive(serde::Deserialize)]
struct Line {
    order: String,
    exception: bool,
    #[serde(default)]
    rule: String,
    #[serde(default)]
    scenario: String,
    #[serde(default)]
    note: String,
}

fn read_labels(path: &Path) -> Result<Vec<wire::OrderLabel>, Failure> {
    let text =
        std::fs::read_to_string(path).map_err(|error| Failure::file(path, "read", &error))?;
    labels(&text).map_err(|fault| Failure::invalid(format!("{}: {fault}", path.display())))
}

fn labels(text: &str) -> Result<Vec<wire::OrderLabel>, String> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    reader
        .deserialize()
        .map(|line| {
            let line: Line = line.map_err(|error| error.to_string())?;
            Ok(wire::OrderLabel {
                order_id: line.order,
                rule: line.rule,
                scenario: line.scenario,
                is_exception: line.exception,
                note: line.note,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read_from_csv_in_any_order_of_columns() {
        let text = "\u{feff}exception, order, rule\ntrue, o-1, late\nfalse, o-2, late\n";
        let labels = labels(text).unwrap();
        assert_eq!(labels.len(), 2);
        assert!(labels[0].is_exception && labels[0].rule == "late");
        assert_eq!(labels[1].order_id, "o-2");
    }

    #[test]
    fn a_line_that_is_no_label_is_named() {
        let fault = labels("order,exception,rule\no-1,maybe,late\n").unwrap_err();
        assert!(
            fault.contains("line: 2") && fault.contains("true"),
            "{fault}"
        );
    }

    #[test]
    fn more_missed_than_allowed_is_a_failure() {
        assert!(judge(5, Some(5)).is_ok() && judge(9, None).is_ok());
        let failure = judge(6, Some(5)).unwrap_err();
        assert_eq!(failure.exit(), Exit::FailedPrecondition);
    }
}
