//! Facts a second through the whole path: replays a simulated day as fast as it is taken
//! until everything is judged and published, and compares that with the bare upserts of the
//! rows that it left.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use clap::Args;
use contracts::fact::v1::{FactBatch, WatermarkMode};
use contracts::ingest::v1::PushFactsStreamRequest;
use futures::stream;
use order::Span;
use simulator::{Day, Shop, Source};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::bare::{self, Bare};
use crate::{Bench, Fault};

#[derive(Args)]
pub(crate) struct Throughput {
    /// Orders of the day.
    #[arg(long, default_value_t = 100_000)]
    orders: u32,
    /// Deliveries that the bare upserts put into one transaction: what the service fetches
    /// at once.
    #[arg(long, default_value_t = 8)]
    deliveries: usize,
    /// Connections of the bare upserts.
    #[arg(long, default_value_t = 2)]
    connections: usize,
}

/// The whole path's measurement.
struct Whole {
    facts: u64,
    accepted: Duration,
    judged: Duration,
}

impl Throughput {
    pub(crate) async fn measure(&self, bench: &Bench) -> Result<(), Fault> {
        let day = Arc::new(self.shop().live());
        bench.declare(WatermarkMode::Stated).await?;
        let begun = Instant::now();
        let facts = flood(bench, &day).await?;
        let accepted = begun.elapsed();
        bench.judged().await?;
        let judged = begun.elapsed();
        let bare = bare::measure(&bench.pool, &day, self.deliveries, self.connections).await?;
        self.tell(
            &Whole {
                facts,
                accepted,
                judged,
            },
            &bare,
        );
        Ok(())
    }

    /// A day that is over by now.
    fn shop(&self) -> Shop {
        let mut shop = Shop {
            orders: self.orders,
            ..Shop::default()
        };
        while SystemTime::from(shop.closes().to_chrono()) > SystemTime::now() {
            shop.midnight = shop.midnight - Span::from_hours(7 * 24);
        }
        shop
    }

    fn tell(&self, whole: &Whole, bare: &Bare) {
        let facts = whole.facts;
        let rate = |took: Duration| facts as f64 / took.as_secs_f64();
        println!(
            "{} orders, {facts} facts: {:.0} facts a second into the journal, {:.0} through the whole path \
             (journal, broker, judgement, state, outbox)",
            self.orders,
            rate(whole.accepted),
            rate(whole.judged)
        );
        println!(
            "bare upserts of the same state rows in the same batches on {} connections: {} rows in {:.1} s, \
             {:.0} rows a second, {:.0} facts a second",
            self.connections,
            bare.rows,
            bare.took.as_secs_f64(),
            bare.rows as f64 / bare.took.as_secs_f64(),
            rate(bare.took)
        );
        println!("ratio {:.2}", rate(whole.judged) / rate(bare.took));
    }
}

/// Streams every system at once; returns how many facts it was.
async fn flood(bench: &Bench, day: &Arc<Day>) -> Result<u64, Fault> {
    let mut streams = JoinSet::new();
    for source in Source::ALL {
        let (mut ingest, day) = (bench.ingest.clone(), Arc::clone(day));
        streams.spawn(async move {
            let (sender, mut batches) = mpsc::channel(64);
            let writer = tokio::task::spawn_blocking(move || {
                day.deliveries_of(source)
                    .map(|delivery| {
                        let batch = Some(FactBatch::from(&delivery));
                        let sent = sender.blocking_send(PushFactsStreamRequest { batch });
                        sent.map_or(0, |()| delivery.facts.len() as u64)
                    })
                    .sum::<u64>()
            });
            let batches = stream::poll_fn(move |context| batches.poll_recv(context));
            ingest.push_facts_stream(batches).await?;
            Ok::<u64, Fault>(writer.await?)
        });
    }
    let mut facts = 0;
    while let Some(sent) = streams.join_next().await {
        facts += sent??;
    }
    Ok(facts)
}
