//! Rules on files of history, without any server: facts through the same mapping, verdicts by
//! the same engine, held against what people marked by hand.

mod checks;
mod history;
mod labels;
mod outcome;
mod page;
mod rules;

pub(crate) use checks::Limits;
pub(crate) use history::{Reading, read};
pub(crate) use labels::{Labels, LabelsFile};
pub(crate) use outcome::Outcome;
pub(crate) use page::{PageLanguage, page};
pub(crate) use rules::Rules;
