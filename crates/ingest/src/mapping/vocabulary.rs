//! The names that an expression may use, which differ from place to place of a document.

use super::expression::ROW;
use super::fault::nearest;

/// The variable that holds the parameters of a connector.
pub(crate) const PARAMETER: &str = "parameter";
/// The variable that holds the secrets of a connector.
pub(crate) const SECRET: &str = "secret";

/// The variables that there are at one place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Vocabulary<'v> {
    pub(crate) variables: &'v [&'v str],
    pub(crate) parameters: &'v [String],
    pub(crate) secrets: &'v [String],
}

/// What mappings see: one record.
pub(crate) const RECORD: Vocabulary<'static> = Vocabulary {
    variables: &[ROW],
    parameters: &[],
    secrets: &[],
};

impl Vocabulary<'_> {
    /// Returns the names that may stand below a variable.
    pub(crate) fn members(&self, variable: &str) -> &[String] {
        match variable {
            PARAMETER => self.parameters,
            SECRET => self.secrets,
            _ => &[],
        }
    }

    /// Advises whoever used a variable that there is not.
    pub(crate) fn advice(&self, wrong: &str) -> String {
        if self.variables == [ROW] {
            return format!("columns are written row.{wrong} or row[\"{wrong}\"]");
        }
        nearest(wrong, self.variables.iter().copied())
    }
}
