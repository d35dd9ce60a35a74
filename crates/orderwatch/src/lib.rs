#![doc = include_str!("../README.md")]

mod backtest;
pub mod cli;
pub mod connection;
pub mod failure;
mod fixture;
mod intake;
mod judgement;
mod manifest;
mod output;
mod progress;
mod records;
mod resource;
mod retry;
mod scenario;
mod server;
mod simulate;
mod text;
mod time;
pub mod up;
mod verb;

use std::process::ExitCode;

use clap::Parser;

use crate::progress::note;

pub use failure::{Exit, Failure};

/// Runs the command line of this process and answers its exit code.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: cannot start the runtime: {error}");
            return Exit::Internal.into();
        }
    };
    match runtime.block_on(verb::run(arguments)) {
        Ok(()) => Exit::Done.into(),
        Err(failure) if failure.is_broken_pipe() => Exit::Done.into(),
        Err(failure) => {
            note(&failure.to_string());
            failure.exit().into()
        }
    }
}
