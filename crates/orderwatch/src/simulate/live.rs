//! Lives the day through connectors: the vendors are served, ingest asks them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use simulator::vendor::{Credentials, Pushes, Tally};
use simulator::{Source, Vendors};

use super::connectors::{self, Read};
use super::drive::tell;
use super::pace::Pace;
use super::pushing::{self, Told, Webhooks};
use super::served::Served;
use super::{SharedDay, quiet};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::progress::note;

/// How often a line says how far it is.
const SAY_EVERY: Duration = Duration::from_secs(5);
/// How often it is looked whether the day is over.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Where the vendors are, and where they push to.
#[derive(Clone, Debug)]
pub(super) struct Places {
    pub(super) listen: SocketAddr,
    pub(super) webhooks: Option<Webhooks>,
    pub(super) credentials: Credentials,
}

/// How the day went.
#[derive(Debug)]
pub(super) struct Lived {
    /// What each system was asked, and what was read of it.
    pub(super) systems: Vec<(Source, Tally, Read)>,
    /// What became of the pushes.
    pub(super) told: Arc<Told>,
    pub(super) vendors: Vendors,
    /// Real time from the first order until everything was judged.
    pub(super) took: Duration,
    pub(super) speed: f64,
}

pub(super) async fn run(
    connection: &Connection,
    day: &SharedDay,
    pace: &Pace,
    places: Places,
) -> Result<Lived, Failure> {
    let begun = Instant::now() + pace.until(day.shop().opens());
    let vendors = Vendors::open(Arc::clone(day), places.credentials.clone());
    let served = Served::open(vendors, places.listen, *pace).await?;
    note(&format!("the vendors answer below {}", served.url("")));
    connectors::apply(connection, &served).await?;
    let told = Arc::new(Told::default());
    let pushing = places.webhooks.map(|webhooks| {
        let pushes = Pushes::of(Arc::clone(day), &places.credentials);
        tokio::spawn(pushing::run(pushes, webhooks, *pace, Arc::clone(&told)))
    });
    until_over(connection, day, pace).await?;
    if let Some(pushing) = pushing {
        pushing.abort();
    }
    connectors::pause(connection).await?;
    quiet::until_judged(connection).await?;
    quiet::until_told(connection).await?;
    let took = begun.elapsed();
    let read = connectors::read(connection).await?;
    let vendors = served.vendors().clone();
    let systems = Source::ALL.map(|source| {
        let tally = vendors.tally(source);
        (source, tally, read[source as usize])
    });
    Ok(Lived {
        systems: systems.to_vec(),
        told,
        vendors,
        took,
        speed: pace.speed(),
    })
}

/// Waits until every source is complete through the end of the day.
async fn until_over(connection: &Connection, day: &SharedDay, pace: &Pace) -> Result<(), Failure> {
    let closes = day.shop().closes();
    let mut say = tokio::time::interval(SAY_EVERY);
    loop {
        tokio::select! {
            _ = say.tick() => {
                let read = connectors::read(connection).await?;
                let facts = read.iter().map(|read| read.facts).sum();
                tell(connection, day, pace, facts).await?;
            }
            () = tokio::time::sleep(LOOK_EVERY), if pace.now() > closes => {
                if connectors::are_complete(connection, closes).await? {
                    return Ok(());
                }
            }
        }
    }
}
