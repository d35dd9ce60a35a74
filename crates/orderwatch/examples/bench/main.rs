//! Measures running services; `scripts/bench` starts them. Each measurement says in its
//! own file how it is made.

mod bare;
mod latency;
mod throughput;

use std::error::Error;
use std::time::{Duration, Instant};

use clap::{Parser, Subcommand};
use contracts::fact::v1::{SourceDeclaration, WatermarkMode};
use contracts::ingest::v1::DeclareSourceRequest;
use contracts::ingest::v1::ingest_service_client::IngestServiceClient;
use contracts::rules::v1::GetProgressRequest;
use contracts::rules::v1::rule_service_client::RuleServiceClient;
use simulator::Source;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tonic::transport::Channel;

use latency::Latency;
use throughput::Throughput;

type Fault = Box<dyn Error + Send + Sync>;

#[derive(Parser)]
struct Arguments {
    /// Address of ingest.
    #[arg(long, default_value = "http://127.0.0.1:7401")]
    ingest: String,
    /// Address of rule-evaluation.
    #[arg(long, default_value = "http://127.0.0.1:7402")]
    rules: String,
    /// PostgreSQL that the services use.
    #[arg(long, env = "ORDERWATCH_POSTGRES_URL", hide_env_values = true)]
    postgres_url: String,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// From acknowledged to ticket.
    Latency(Latency),
    /// Facts a second through the whole path, beside the bare upserts.
    Throughput(Throughput),
}

/// The services under measurement.
struct Bench {
    ingest: IngestServiceClient<Channel>,
    rules: RuleServiceClient<Channel>,
    /// Connections of our own to the PostgreSQL that they use.
    pool: PgPool,
}

#[tokio::main]
async fn main() -> Result<(), Fault> {
    let arguments = Arguments::parse();
    let bench = Bench {
        ingest: IngestServiceClient::connect(arguments.ingest).await?,
        rules: RuleServiceClient::connect(arguments.rules).await?,
        pool: PgPoolOptions::new()
            .max_connections(16)
            .connect(&arguments.postgres_url)
            .await?,
    };
    match arguments.what {
        What::Latency(latency) => latency.measure(&bench).await,
        What::Throughput(throughput) => throughput.measure(&bench).await,
    }
}

impl Bench {
    /// Declares every source of the simulated shop.
    async fn declare(&self, mode: WatermarkMode) -> Result<(), Fault> {
        for source in Source::ALL {
            let declaration = SourceDeclaration {
                source: source.name().to_owned(),
                system: source.system().as_str().to_owned(),
                mode: mode.into(),
                patience: None,
                late_after: None,
            };
            let request = DeclareSourceRequest {
                declaration: Some(declaration),
            };
            self.ingest.clone().declare_source(request).await?;
        }
        Ok(())
    }

    /// Waits until everything is judged and published.
    async fn judged(&self) -> Result<(), Fault> {
        let (mut quiet, mut last) = (0, Instant::now());
        while quiet < 3 {
            let progress = self
                .rules
                .clone()
                .get_progress(GetProgressRequest::default())
                .await?;
            let progress = progress.into_inner();
            let left = progress.batches_behind + progress.orders_due + progress.outbox_pending;
            quiet = if left == 0 { quiet + 1 } else { 0 };
            if last.elapsed() > Duration::from_secs(5) {
                eprintln!("{left} batches, orders and events to go");
                last = Instant::now();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }
}
