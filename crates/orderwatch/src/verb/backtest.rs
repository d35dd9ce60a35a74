//! `orderwatch backtest`: rules on history, of files without any server or of the archive.

use std::path::PathBuf;
use std::time::Instant;

use chrono::{DateTime, Utc};
use clap::Args;
use ingest::mapping::WallClock;
use order::Timestamp;
use rule_engine::Language;
use rule_engine::backtest::{Backtest, Label, Options, Report, Sweep};

use crate::backtest::{
    Arrived, Labels, LabelsFile, Limits, Outcome, PageLanguage, Reading, Rules, page, read,
    read_archive,
};
use crate::cli::Global;
use crate::connection::Connection;
use crate::failure::{Exit, Failure};
use crate::intake::{Checker, Plan};
use crate::output;
use crate::progress::{Progress, note};
use crate::time::parse_instant;

/// What to judge, by what, and what it must reach.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The mapping file, of kind Connector.
    #[arg(short, long, requires = "history", required_unless_present_any = ["from", "to"])]
    mapping: Option<PathBuf>,
    /// The folder that holds every file of the mapping.
    #[arg(long, value_name = "DIR", requires = "mapping", required_unless_present_any = ["from", "to"])]
    history: Option<PathBuf>,
    #[command(flatten)]
    archived: Archived,
    /// What people marked by hand: CSV with the columns order_id, rule or scenario,
    /// is_exception, and if you like at, note, marked_at.
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// Only so many labels: those marked last.
    #[arg(long, value_name = "N", requires = "labels")]
    last: Option<usize>,
    /// The labels are all that there is to know: an order without one is sound.
    #[arg(long, requires = "labels")]
    complete_labels: bool,
    /// Zone in which the labels' instants were read off the wall, such as Asia/Shanghai.
    #[arg(long, value_name = "ZONE", value_parser = zone)]
    time_zone: Option<WallClock>,
    /// Files and folders of rules [default: the rules built in; with --from or --to, those in
    /// force].
    #[arg(long, value_name = "PATH")]
    rules: Vec<PathBuf>,
    /// Report this rule only; may be given several times.
    #[arg(long, value_name = "NAME")]
    rule: Vec<String>,
    /// The instant through which everything is judged [default: --to, else now].
    #[arg(long, value_parser = parse_instant)]
    until: Option<DateTime<Utc>>,
    /// Judge again under other values of a threshold, such as ship-within=12h..72h/6h; the
    /// third row's is ship-within[2], a campaign's default ship-within.double-11.
    #[arg(long, value_name = "THRESHOLD=VALUES")]
    sweep: Vec<String>,
    /// Write everything into one HTML file that needs nothing else.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Language of the HTML file and of the explanations.
    #[arg(long, value_enum, default_value_t)]
    lang: PageLanguage,
    /// List every exception that was found, with its instants.
    #[arg(long)]
    exceptions: bool,
    /// Most missed and most false orders of a rule that are explained; all are listed.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    explain: usize,
    #[command(flatten)]
    limits: Limits,
}

/// History out of the archive of ingest.
#[derive(Debug, Args)]
#[command(
    next_help_heading = "History of the running services, instead of --mapping and --history"
)]
struct Archived {
    /// Facts that arrived at this instant or later [default: the oldest that is retained].
    #[arg(long, value_name = "INSTANT", value_parser = parse_instant, conflicts_with_all = ["mapping", "history"])]
    from: Option<DateTime<Utc>>,
    /// Facts that arrived before this instant [default: now].
    #[arg(long, value_name = "INSTANT", value_parser = parse_instant, conflicts_with_all = ["mapping", "history"])]
    to: Option<DateTime<Utc>>,
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    let connection = global.connection();
    let rules = match (&arguments.history, arguments.rules.as_slice()) {
        (None, []) => Rules::in_force(&connection).await?,
        (_, paths) => Rules::read(paths)?,
    };
    let until = arguments.until.or(arguments.archived.to);
    let options = Options {
        until: until.unwrap_or_else(whole_second).into(),
        language: match arguments.lang {
            PageLanguage::En => Language::English,
            PageLanguage::Zh => Language::Chinese,
        },
        explained: arguments.explain,
        complete: arguments.complete_labels,
        rules: rules.only(&arguments.rule)?,
    };
    let sweeps = sweeps(&arguments.sweep, &rules, &options)?;
    let labels = arguments.labels(&rules, &options)?;
    let Reading { history, summary } = arguments.read(&connection).await?;
    let backtest = Backtest::new(&rules.rule_set, &labels.labels, options)
        .map_err(|conflicts| labels.refused(&conflicts))?;
    let backtest = backtest.sweeping(sweeps);
    let report = judged(&backtest, &history);
    let outcome = Outcome {
        rules_from: rules.origin,
        history: summary,
        checks: arguments.limits.check(&report),
        exceptions: arguments.exceptions.then(|| backtest.list(&history)),
        report,
    };
    output::one(global.output, &outcome)?;
    if let Some(path) = &arguments.html {
        let html = page(&outcome, arguments.lang)?;
        std::fs::write(path, html).map_err(|error| Failure::file(path, "write", &error))?;
    }
    passed(&outcome)
}

impl Arguments {
    async fn read(&self, connection: &Connection) -> Result<Reading, Failure> {
        let (Some(mapping), Some(folder)) = (&self.mapping, &self.history) else {
            let Archived { from, to } = self.archived;
            return read_archive(connection, Arrived { from, to }).await;
        };
        read(&Plan::of_folder(&Checker::Here, mapping, folder).await?)
    }

    /// The labels, all of which must be able to stand, cut to the last.
    fn labels(&self, rules: &Rules, options: &Options) -> Result<Labels, Failure> {
        let Some(path) = &self.labels else {
            return Ok(Labels::default());
        };
        let file = LabelsFile {
            path: path.clone(),
            clock: self.time_zone.clone(),
        };
        let mut labels = file.read()?;
        if !labels.unused.is_empty() {
            let unused = labels.unused.join(", ");
            note(&format!("{}: columns not used: {unused}", path.display()));
        }
        sound(rules, &labels.labels, options).map_err(|conflicts| labels.refused(&conflicts))?;
        if let Some(last) = self.last {
            labels.keep_last(last);
        }
        Ok(labels)
    }
}

/// Whether all labels can stand, also those that are not used.
fn sound(
    rules: &Rules,
    labels: &[Label],
    options: &Options,
) -> Result<(), Vec<rule_engine::backtest::Conflict>> {
    let every_instant = Options {
        until: Timestamp::MAX,
        ..options.clone()
    };
    Backtest::new(&rules.rule_set, labels, every_instant).map(drop)
}

fn sweeps(asked: &[String], rules: &Rules, options: &Options) -> Result<Vec<Sweep>, Failure> {
    let sweep = |asked: &String| {
        Sweep::of(asked, &rules.yaml, options.rules.as_ref())
            .map_err(|error| Failure::invalid(format!("--sweep {asked}: {error}")))
    };
    asked.iter().map(sweep).collect()
}

fn judged(backtest: &Backtest<'_>, history: &rule_engine::backtest::History) -> Report {
    let progress = Progress::new("judging", history.orders() as u64, "orders");
    let begun = Instant::now();
    let report = backtest.run(history, &|orders| progress.advance(orders as u64));
    progress.finish();
    let seconds = begun.elapsed().as_secs_f64();
    note(&format!(
        "judged {} orders in {seconds:.2} s: {:.0} a second",
        report.orders,
        report.orders as f64 / seconds.max(1e-6)
    ));
    report
}

fn passed(outcome: &Outcome) -> Result<(), Failure> {
    let mut failed = outcome.failed().peekable();
    if failed.peek().is_none() {
        return Ok(());
    }
    let what = "the rules do not reach what was asked for";
    Err(failed.fold(
        Failure::new(Exit::FailedPrecondition, what),
        |failure, check| failure.detail(check.told.clone()),
    ))
}

/// Now; nobody means a fraction of a second.
fn whole_second() -> DateTime<Utc> {
    let now = Utc::now();
    DateTime::from_timestamp(now.timestamp(), 0).unwrap_or(now)
}

fn zone(name: &str) -> Result<WallClock, String> {
    WallClock::of_zone(name).map_err(|error| error.to_string())
}
