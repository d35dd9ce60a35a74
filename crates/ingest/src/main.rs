//! The ingest service on its own.

use std::process::ExitCode;

fn main() -> ExitCode {
    service::runtime::main(&ingest::SERVICE, ingest::Config::validate, ingest::start)
}
