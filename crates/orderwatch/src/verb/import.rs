//! `orderwatch import`: files through a mapping into the running services.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::cli::Global;
use crate::failure::Failure;
use crate::intake::{Checker, Plan, send};
use crate::output;

/// How long servers may be away before sending is given up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30 * 60);

/// What to import.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The mapping file, of kind Connector.
    #[arg(short, long)]
    mapping: PathBuf,
    /// The files.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    let connection = global.connection_with(PATIENCE);
    let plan = Plan::of_files(
        &Checker::Service(&connection),
        &arguments.mapping,
        &arguments.files,
    )
    .await?;
    let summary = send(&connection, &plan).await?;
    output::one(global.output, &summary)
}
