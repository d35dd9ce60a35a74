//! A new scenario to begin with: one that holds, to be changed step by step.

use std::path::{Path, PathBuf};

use crate::failure::{Exit, Failure};

const FILES: [(&str, &str); 5] = [
    (
        "scenario.yaml",
        include_str!("../../templates/scenario/scenario.yaml"),
    ),
    (
        "rules.yaml",
        include_str!("../../templates/scenario/rules.yaml"),
    ),
    (
        "thresholds.yaml",
        include_str!("../../templates/scenario/thresholds.yaml"),
    ),
    (
        "sop.yaml",
        include_str!("../../templates/scenario/sop.yaml"),
    ),
    (
        "examples.yaml",
        include_str!("../../templates/scenario/examples.yaml"),
    ),
];
/// What the files are about until they are told.
const PLACEHOLDER: &str = "NAME";

/// Writes the files of a new scenario into a folder of its name; answers the folder.
///
/// # Errors
///
/// When the name is none, or the folder is there already.
pub(crate) fn write(above: &Path, name: &str) -> Result<PathBuf, Failure> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if !(1..=63).contains(&name.len()) || !name.bytes().all(plain) {
        let what = format!("`{name}` cannot name a scenario");
        return Err(Failure::invalid(what).remedy(
            "use lower-case letters, digits and hyphens, at most 63, such as gift-wrap-missing",
        ));
    }
    let folder = above.join(name);
    if folder.exists() {
        let what = format!("{} is there already", folder.display());
        return Err(Failure::new(Exit::AlreadyExists, what));
    }
    let unwritable = |error| Failure::file(&folder, "write", &error);
    std::fs::create_dir_all(&folder).map_err(unwritable)?;
    for (file, text) in FILES {
        std::fs::write(folder.join(file), text.replace(PLACEHOLDER, name)).map_err(unwritable)?;
    }
    Ok(folder)
}
