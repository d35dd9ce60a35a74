//! Runs rule-evaluation as a service of its own.

use std::process::ExitCode;

use rule_evaluation::config::Raw;
use rule_evaluation::{Config, SERVICE, start};

fn main() -> ExitCode {
    service::runtime::main(
        &SERVICE,
        |raw: Raw, faults| Config::validate(&raw, faults),
        start,
    )
}
