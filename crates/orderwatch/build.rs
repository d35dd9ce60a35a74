//! Builds the defaults of `deploy/` into the program.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// File of a scenario's folder that holds its procedure.
const SOP: &str = "sop";
/// File of a scenario's folder that holds its worked examples, which no service keeps.
const EXAMPLES: &str = "examples";

fn main() -> Result<(), Box<dyn Error>> {
    let deploy = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../../deploy");
    for folder in ["calendars", "scenarios", "sops", "policies"] {
        println!("cargo:rerun-if-changed={}", deploy.join(folder).display());
    }
    let mut rules = yaml_files(&deploy.join("calendars"))?;
    let mut sops = yaml_files(&deploy.join("sops"))?;
    for folder in sorted(&deploy.join("scenarios"))? {
        for file in yaml_files(&folder)? {
            match file.file_stem().and_then(|stem| stem.to_str()) {
                Some(SOP) => sops.push(file),
                Some(EXAMPLES) => {}
                _ => rules.push(file),
            }
        }
    }
    let policies = yaml_files(&deploy.join("policies"))?;
    let mut code = String::new();
    for (constant, what, files) in [
        ("RULES", "calendars and scenarios", rules),
        ("SOPS", "procedures", sops),
        ("POLICIES", "people and escalation policies", policies),
    ] {
        writeln!(code, "/// Documents of `deploy`: {what}.")?;
        writeln!(code, "pub(super) const {constant}: &[&str] = &[")?;
        for file in files {
            writeln!(code, "    include_str!({:?}),", file.canonicalize()?)?;
        }
        writeln!(code, "];")?;
    }
    fs::write(
        PathBuf::from(env::var("OUT_DIR")?).join("defaults.rs"),
        code,
    )?;
    Ok(())
}

fn yaml_files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files = sorted(folder)?;
    files.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "yaml")
    });
    Ok(files)
}

/// What lies in a folder; nothing where there is none.
fn sorted(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut entries = Vec::new();
    if folder.is_dir() {
        for entry in fs::read_dir(folder)? {
            entries.push(entry?.path());
        }
    }
    entries.sort();
    Ok(entries)
}
