//! The ticketing service.

use std::process::ExitCode;

fn main() -> ExitCode {
    service::runtime::main(
        &ticketing::SERVICE,
        ticketing::Config::validate,
        ticketing::start,
    )
}
