//! The audit service on its own.

use std::process::ExitCode;

fn main() -> ExitCode {
    service::runtime::main(&audit::SERVICE, audit::Config::validate, audit::start)
}
