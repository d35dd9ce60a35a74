//! A scenario as a folder of YAML: rules, thresholds, a procedure, texts and worked examples.
//! Adding one takes a folder and no code.

mod folder;
mod lack;
mod scaffold;
mod text;

pub(crate) use folder::{Folder, folders};
pub(crate) use scaffold::write;

#[cfg(test)]
mod tests;
