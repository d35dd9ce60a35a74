//! `orderwatch scenario`: scenarios as folders, without any server.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::Global;
use crate::failure::Failure;
use crate::output;
use crate::scenario::{self, Folder};

/// What to do with which folders.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Hold the rules of scenarios against their worked examples.
    Test {
        /// Folders of one scenario, or of several.
        #[arg(required = true)]
        folders: Vec<PathBuf>,
        /// Files and folders with what the scenarios share, besides the folder
        /// `calendars` beside theirs.
        #[arg(long, value_name = "PATH")]
        with: Vec<PathBuf>,
    },
    /// Make the folder of a new scenario, to be changed step by step.
    New {
        /// Name, such as gift-wrap-missing.
        name: String,
        /// Where the folder is made.
        #[arg(long, default_value = "deploy/scenarios")]
        dir: PathBuf,
    },
}

pub(crate) fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    match arguments.act {
        Act::Test { folders, with } => test(global, &folders, &with),
        Act::New { name, dir } => {
            let folder = scenario::write(&dir, &name)?;
            output::line(&format!("{} made", folder.display()))
        }
    }
}

/// Tests every folder before it complains of any.
fn test(global: &Global, paths: &[PathBuf], with: &[PathBuf]) -> Result<(), Failure> {
    let mut outcomes = Vec::new();
    let mut unreadable = Vec::new();
    for path in paths {
        for folder in scenario::folders(path)? {
            match Folder::read(&folder, with) {
                Ok(folder) => outcomes.push(folder.test()),
                Err(failure) => unreadable.push(failure.to_string()),
            }
        }
    }
    output::list(global.output, &outcomes)?;
    let complaints = outcomes.iter().flat_map(|outcome| outcome.complaints());
    let complaints: Vec<String> = unreadable.into_iter().chain(complaints).collect();
    if complaints.is_empty() {
        return Ok(());
    }
    let failure = Failure::invalid("scenarios do not do what their examples say");
    Err(complaints.into_iter().fold(failure, Failure::detail))
}
