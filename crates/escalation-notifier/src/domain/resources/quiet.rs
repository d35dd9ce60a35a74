//! Maintenance windows and inhibitions, key by key.

use super::{Fault, node::Node};
use crate::domain::{
    label::Label,
    matcher::{Matcher, Matchers},
    quiet::{inhibition::Inhibition, window::MaintenanceWindow},
};

pub(super) fn window(
    name: &str,
    root: &Node<'_>,
    faults: &mut Vec<Fault>,
) -> Option<MaintenanceWindow> {
    let spec = root.get("spec");
    spec.only(&["matchers", "reason", "hours"], faults);
    let matchers = some_matchers(&spec.get("matchers"), faults);
    let reason = spec.get("reason").required_text(faults);
    let hours = spec.get("hours");
    if !hours.is_present() {
        let expected = "expected timeZone and weekly hours, but they are missing";
        hours.fault(faults, expected);
        return None;
    }
    Some(MaintenanceWindow {
        name: name.to_owned(),
        matchers,
        reason,
        hours: hours.working_time(name, faults)?,
    })
}

pub(super) fn inhibition(name: &str, root: &Node<'_>, faults: &mut Vec<Fault>) -> Inhibition {
    let spec = root.get("spec");
    spec.only(&["source", "target", "equal"], faults);
    let source = some_matchers(&spec.get("source"), faults);
    let target = some_matchers(&spec.get("target"), faults);
    let equal = spec.get("equal").items(faults);
    Inhibition {
        name: name.to_owned(),
        source,
        target,
        equal: equal
            .iter()
            .filter_map(|item| item.word::<Label>(faults))
            .collect(),
        at_most: None,
    }
}

/// Matchers, of which there must be some.
fn some_matchers(node: &Node<'_>, faults: &mut Vec<Fault>) -> Matchers {
    if !node.is_present() || node.items(faults).is_empty() {
        let expected = "expected at least one matcher such as severity >= high, found none";
        node.fault(faults, expected);
    }
    Matchers::all(matchers(node, faults))
}

/// Matchers, each a text.
pub(super) fn matchers(node: &Node<'_>, faults: &mut Vec<Fault>) -> Vec<Matcher> {
    let mut matchers = Vec::new();
    for item in node.items(faults) {
        let Some(text) = item.text(faults) else {
            continue;
        };
        match Matcher::read(&text) {
            Ok(matcher) => matchers.push(matcher),
            Err(error) => item.fault(faults, error.to_string()),
        }
    }
    matchers
}

#[cfg(test)]
mod tests {
    use crate::domain::resources::{Faults, Resources};

    const QUIET: &str = r"
apiVersion: orderwatch/v1
kind: MaintenanceWindow
metadata: {name: stocktaking}
spec:
  matchers: [warehouse = WH-E]
  reason: stocktaking
  hours: {timeZone: Asia/Shanghai, weekly: {sunday: ['02:00-04:00']}}
---
apiVersion: orderwatch/v1
kind: Inhibition
metadata: {name: power-cut}
spec:
  source: [scenario = power-cut]
  target: [scenario != power-cut]
  equal: [warehouse]
";

    #[test]
    fn windows_and_inhibitions_are_read_whole() {
        let set = Resources::parse(QUIET).unwrap().policy_set(1).unwrap();
        assert_eq!(set.windows[0].name, "stocktaking");
        assert_eq!(set.inhibitions.len(), 1, "instead of those built in");
        assert_eq!(set.inhibitions[0].equal.len(), 1);
    }

    #[test]
    fn faults_say_where_what_was_expected_and_what_was_found() {
        let wrong = QUIET
            .replace("02:00-04:00", "2-4")
            .replace("[warehouse = WH-E]", "[]")
            .replace("target: [scenario != power-cut]", "target: [scene != x]")
            .replace("equal: [warehouse]", "equal: [house]");
        let Err(Faults(faults)) = Resources::parse(&wrong) else {
            panic!("it was read");
        };
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        for line in [
            "MaintenanceWindow/stocktaking: spec.matchers: expected at least one matcher",
            "MaintenanceWindow/stocktaking: spec.hours: expected working time: `2-4` is not a shift",
            "Inhibition/power-cut: spec.target[0]: expected one of amount, assignee,",
            "Inhibition/power-cut: spec.equal[0]: expected one of amount, assignee,",
        ] {
            assert!(
                faults.iter().any(|fault| fault.starts_with(line)),
                "{line}\nnot in {faults:#?}"
            );
        }
    }
}
