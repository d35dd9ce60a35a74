//! Rules on history, of files without any server or of the archive of ingest: the same facts,
//! verdicts by the same engine, held against what people marked by hand.

mod archive;
mod checks;
mod history;
mod labels;
mod outcome;
mod page;
mod rules;

pub(crate) use archive::{Arrived, read_archive};
pub(crate) use checks::Limits;
pub(crate) use history::{Reading, read};
pub(crate) use labels::{Labels, LabelsFile};
pub(crate) use outcome::Outcome;
pub(crate) use page::{PageLanguage, page};
pub(crate) use rules::Rules;
