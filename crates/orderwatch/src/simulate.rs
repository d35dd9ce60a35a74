//! `orderwatch simulate`: a promotion day of a simulated shop, pushed into running services or
//! fetched by their connectors at the pace of their clock, and the verdicts held against the
//! ground truth.

mod connectors;
mod drive;
mod exceptions;
mod flood;
mod live;
mod pace;
mod pushing;
mod quiet;
mod report;
mod served;
mod systems;
mod table;
mod through;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use contracts::fact::v1::{SourceDeclaration, WatermarkMode};
use contracts::ingest::v1::DeclareSourceRequest;
use order::Span;
use simulator::{Day, Shop, Source};

use crate::cli::Global;
use crate::connection::Connection;
use crate::failure::Failure;
use crate::output;
use crate::progress::note;
use crate::time::parse_duration;
use pace::Pace;

/// How long a server may be away before the simulation is given up.
const PATIENCE: Duration = Duration::from_secs(120);

/// Which day, and at what pace.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Decides everything that is left to chance.
    #[arg(long, default_value_t = Shop::default().seed)]
    seed: u64,
    /// How many orders are placed on the day.
    #[arg(long, default_value_t = Shop::default().orders, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    orders: u32,
    /// Data directory of `orderwatch up`, which knows the clock that the services follow.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    #[command(flatten)]
    clock: pace::Arguments,
    /// How long a verdict waits for a late source; for ever unless given.
    #[arg(long, value_parser = parse_duration)]
    patience: Option<Duration>,
    #[command(flatten)]
    through: through::Arguments,
    /// Push everything as fast as it is taken, and report facts a second until all is judged.
    #[arg(long, conflicts_with = "connectors")]
    fast: bool,
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    let connection = global.connection_with(PATIENCE);
    let pace = Pace::of(&arguments.clock, arguments.data_dir.as_deref())?;
    let shop = shop(&arguments, &pace);
    if arguments.through.serve {
        return through::serve(shop, &arguments.through, pace).await;
    }
    note(&format!(
        "living the day of seed {} with {} orders",
        shop.seed, shop.orders
    ));
    let day = Arc::new(shop.live());
    for source in Source::ALL {
        let name = match arguments.through.connectors {
            true => connectors::source_name(source),
            false => source.name(),
        };
        declare(&connection, source, name, arguments.patience).await?;
    }
    let report = if arguments.through.connectors {
        let lived = live::run(&connection, &day, &pace, arguments.through.places()?).await?;
        report::Report::of_life(&connection, &day, lived).await?
    } else if arguments.fast {
        let flood = flood::run(&connection, &day).await?;
        report::Report::of_flood(&connection, &day, flood).await?
    } else {
        let drive = drive::run(&connection, &day, &pace).await?;
        report::Report::of_drive(&connection, &day, drive).await?
    };
    output::one(global.output, &report)
}

/// Moves the shop's day to where the clock of the services makes it possible: ahead of it,
/// or for a flood behind it, by whole days or weeks.
fn shop(arguments: &Arguments, pace: &Pace) -> Shop {
    let mut shop = Shop {
        seed: arguments.seed,
        orders: arguments.orders,
        ..Shop::default()
    };
    while arguments.through.serve && shop.opens() > pace.now() {
        shop.midnight = shop.midnight - Span::from_hours(24);
    }
    while arguments.fast && shop.closes() > pace.now() {
        shop.midnight = shop.midnight - Span::from_hours(7 * 24);
    }
    let mut days = 0;
    let begins = |shop: &Shop| match arguments.through.serve {
        // Not a day that is over, but one that began today.
        true => shop.opens() + Span::from_hours(24),
        false => shop.opens(),
    };
    while !arguments.fast && begins(&shop) < pace.now() {
        shop.midnight = shop.midnight + Span::from_hours(24);
        days += 1;
    }
    if days > 0 {
        note(&format!(
            "the clock is past the day already; living it {days} days later, from {}",
            shop.midnight
        ));
    }
    shop
}

async fn declare(
    connection: &Connection,
    source: Source,
    name: &str,
    patience: Option<Duration>,
) -> Result<(), Failure> {
    let declaration = SourceDeclaration {
        source: name.to_owned(),
        system: source.system().as_str().to_owned(),
        mode: WatermarkMode::Stated.into(),
        patience: patience.and_then(|patience| patience.try_into().ok()),
        late_after: None,
    };
    let request = DeclareSourceRequest {
        declaration: Some(declaration),
    };
    let client = connection.ingest();
    client
        .insist(request, async |mut client, request| {
            client.declare_source(request).await
        })
        .await?;
    Ok(())
}

/// What was pushed.
#[derive(Clone, Copy, Debug, Default)]
struct Pushed {
    batches: u64,
    facts: u64,
    rejected: u64,
}

impl Pushed {
    fn add(&mut self, other: Self) {
        self.batches += other.batches;
        self.facts += other.facts;
        self.rejected += other.rejected;
    }
}

/// A day as the tasks share it.
type SharedDay = Arc<Day>;
