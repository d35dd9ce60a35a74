//! The escalation notifier.

use std::process::ExitCode;

fn main() -> ExitCode {
    service::runtime::main(
        &escalation_notifier::SERVICE,
        escalation_notifier::Config::validate,
        escalation_notifier::start,
    )
}
