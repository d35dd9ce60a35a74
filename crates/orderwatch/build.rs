//! Builds the defaults of `deploy/` into the program.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let deploy = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../../deploy");
    let mut code = String::new();
    for (constant, folder) in [
        ("RULES", "rules"),
        ("SOPS", "sops"),
        ("POLICIES", "policies"),
    ] {
        let folder = deploy.join(folder);
        println!("cargo:rerun-if-changed={}", folder.display());
        writeln!(
            code,
            "/// Documents of `deploy/{}`.",
            folder.file_name().unwrap_or_default().display()
        )?;
        writeln!(code, "pub(super) const {constant}: &[&str] = &[")?;
        for file in yaml_files(&folder)? {
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
    let mut files = Vec::new();
    if folder.is_dir() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == "yaml")
            {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}
