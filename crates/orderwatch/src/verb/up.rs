//! `orderwatch up`: every service in one process.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::Args;

use crate::failure::Failure;
use crate::time::parse_instant;
use crate::up::{self, Options};

/// How to run.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Where everything is kept between starts
    /// [default: orderwatch in the user's data directory].
    #[arg(long, env = "ORDERWATCH_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// Port below those of the services: ingest at N + 1, rule-evaluation
    /// N + 2, ticketing N + 3, escalation-notifier N + 4, audit N + 5, private
    /// PostgreSQL N + 10, private nats-server N + 11
    /// [default: that of the last start, else 7400 or the next free range].
    #[arg(long, value_name = "N")]
    port_base: Option<u16>,
    /// What the clock shows at the first start.
    #[arg(long, value_name = "INSTANT", value_parser = parse_instant, requires = "clock_speed")]
    clock_start: Option<DateTime<Utc>>,
    /// Seconds that pass for the clock in one real second.
    #[arg(long, value_name = "FACTOR", value_parser = speed)]
    clock_speed: Option<f64>,
    /// Configuration file (TOML) of the services.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Use this PostgreSQL (15 or newer) instead of a private one.
    #[arg(
        long,
        env = "ORDERWATCH_POSTGRES_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    postgres_url: Option<String>,
    /// Use this nats-server (2.10.27 or newer, with JetStream) instead of a
    /// private one.
    #[arg(
        long,
        env = "ORDERWATCH_NATS_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    nats_url: Option<String>,
}

pub(crate) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let clock = arguments
        .clock_speed
        .map(|speed| (arguments.clock_start, speed));
    up::run(Options {
        data_dir: arguments.data_dir.unwrap_or_else(default_data_dir),
        port_base: arguments.port_base,
        clock,
        config: arguments.config,
        postgres_url: arguments.postgres_url,
        nats_url: arguments.nats_url,
    })
    .await
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if speed.is_finite() && speed > 0.0 => Ok(speed),
        _ => Err("expected a number above 0, such as 60".to_owned()),
    }
}

fn default_data_dir() -> PathBuf {
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".local/share");
    std::env::var_os("XDG_DATA_HOME")
        .map_or_else(home, PathBuf::from)
        .join("orderwatch")
}
