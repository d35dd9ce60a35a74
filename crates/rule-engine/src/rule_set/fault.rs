use crate::Fault;
use std::fmt;

/// One fault of a resource as applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceFault {
    /// Kind and name, such as `Rule/ship-overdue`; the number of the document when it has none.
    pub resource: String,
    /// Where in the document, such as `spec.condition`.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// Place within the expression at the path, when it is one.
    pub expression: Option<Fault>,
}

impl fmt::Display for ResourceFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} {}: {}",
            self.resource, self.path, self.message
        )
    }
}

/// Every fault of a rule set, at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(Vec<ResourceFault>);

impl Faults {
    pub(super) fn new() -> Self {
        Self(Vec::new())
    }

    /// The faults, in the order of the documents' kinds: catalogues, calendars, thresholds, rules.
    pub fn iter(&self) -> std::slice::Iter<'_, ResourceFault> {
        self.0.iter()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn add(&mut self, resource: &str, path: &str, message: impl fmt::Display) {
        self.0.push(ResourceFault {
            resource: resource.to_owned(),
            path: path.to_owned(),
            message: message.to_string(),
            expression: None,
        });
    }

    /// A name that nothing has.
    pub(super) fn add_unknown<'n>(
        &mut self,
        resource: &str,
        path: &str,
        what: &str,
        name: &str,
        known: impl Iterator<Item = &'n String>,
    ) {
        let nearest = crate::fault::nearest(name, known.map(String::as_str));
        let hint = nearest.map_or(String::new(), |nearest| {
            format!("; did you mean `{nearest}`?")
        });
        self.add(resource, path, format!("unknown {what} `{name}`{hint}"));
    }

    pub(super) fn add_expression(&mut self, resource: &str, path: &str, faults: Vec<Fault>) {
        self.0.extend(faults.into_iter().map(|fault| ResourceFault {
            resource: resource.to_owned(),
            path: path.to_owned(),
            message: fault.to_string(),
            expression: Some(fault),
        }));
    }
}

impl<'f> IntoIterator for &'f Faults {
    type Item = &'f ResourceFault;
    type IntoIter = std::slice::Iter<'f, ResourceFault>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(formatter, "{separator}{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
