//! `orderwatch completion`: a script that completes commands in a shell.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::failure::Failure;
use crate::output;

/// Which shell.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The shell; for bash: `source <(orderwatch completion bash)`.
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut script = Vec::new();
    let mut command = crate::cli::Arguments::command();
    clap_complete::generate(arguments.shell, &mut command, "orderwatch", &mut script);
    output::verbatim(&String::from_utf8_lossy(&script))
}
