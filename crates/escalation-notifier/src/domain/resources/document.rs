//! What every document has: its kind and its name.

use serde_norway::Value;

use super::{API_VERSION, Fault, node::Node};

pub(super) const DIRECTORY: &str = "Directory";
pub(super) const POLICY: &str = "EscalationPolicy";
pub(super) const SCHEDULE: &str = "OnCallSchedule";
pub(super) const CALENDAR: &str = "Calendar";
pub(super) const WINDOW: &str = "MaintenanceWindow";
pub(super) const INHIBITION: &str = "Inhibition";
pub(super) const TEMPLATE: &str = "MessageTemplate";

/// Kinds that there are.
const KINDS: [&str; 7] = [
    DIRECTORY, POLICY, SCHEDULE, CALENDAR, WINDOW, INHIBITION, TEMPLATE,
];

/// Kind and name of a document.
pub(super) fn key(
    index: usize,
    value: &Value,
    faults: &mut Vec<Fault>,
) -> Option<(String, String)> {
    let root = Node::root(&format!("documents[{index}]"), value);
    let before = faults.len();
    root.only(&["apiVersion", "kind", "metadata", "spec"], faults);
    let version = root.get("apiVersion");
    let found = version.required_text(faults);
    if !found.is_empty() && found != API_VERSION {
        version.fault(faults, format!("expected {API_VERSION}, found \"{found}\""));
    }
    let kind = root.get("kind");
    let found = kind.required_text(faults);
    if !found.is_empty() && !KINDS.contains(&found.as_str()) {
        let expected = KINDS.join(", ");
        kind.fault(
            faults,
            format!("expected one of {expected}, found \"{found}\""),
        );
    }
    let name = root.get("metadata").get("name").required_text(faults);
    if !root.get("spec").is_present() {
        root.get("spec")
            .fault(faults, "expected a mapping, but it is missing");
    }
    (faults.len() == before).then_some((found, name))
}
