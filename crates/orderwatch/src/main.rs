//! The `orderwatch` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    orderwatch::main()
}
