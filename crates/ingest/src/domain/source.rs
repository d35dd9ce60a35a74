//! How a source becomes known.

use contracts::facts::Declaration;
use order::{SourceId, System};

/// A declaration, and whether it may replace what is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Introduction {
    pub(crate) declaration: Declaration,
    /// Whether somebody declared it outright; otherwise it only fills a gap.
    pub(crate) is_explicit: bool,
}

/// Declares a source by its name, if the name says what system it is: `erp`, `erp-north`.
/// It counts as live until somebody declares it otherwise.
pub(crate) fn implied(source: &SourceId) -> Option<Declaration> {
    let is_named = |system: &System| {
        let rest = source.as_str().strip_prefix(system.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
    };
    System::ALL
        .into_iter()
        .find(is_named)
        .map(|system| Declaration {
            source: source.clone(),
            system,
            states_watermarks: false,
            patience: None,
            late_after: None,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_begins_with_its_system_declares_itself() {
        for (name, system) in [
            ("erp", Some(System::Erp)),
            ("crm-2", Some(System::Crm)),
            ("erpx", None),
            ("shop", None),
        ] {
            let implied = implied(&name.parse().unwrap());
            assert_eq!(implied.map(|declared| declared.system), system, "{name}");
        }
    }
}
