//! What is over.

use super::warning;
use crate::rule_set::{ResourceFault, RuleSet};
use order::Timestamp;

pub(super) fn warnings(rule_set: &RuleSet, now: Timestamp) -> Vec<ResourceFault> {
    let mut warnings = Vec::new();
    for threshold in rule_set.thresholds() {
        let resource = format!("Threshold/{}", threshold.name);
        for campaign in threshold.campaigns.iter().filter(|c| c.until <= now) {
            let message = format!(
                "campaign `{}` is over since {}",
                campaign.name, campaign.until
            );
            warnings.push(warning(&resource, "spec.campaigns", message));
        }
    }
    for exemption in rule_set.exemptions() {
        let resource = format!("Exemption/{}", exemption.name);
        let expired = |(_, entry): &(usize, &crate::Entry)| entry.expires <= now;
        let mut expired = exemption.entries.iter().enumerate().filter(expired);
        if let Some((first, entry)) = expired.next() {
            let others = expired.count();
            let message = match others {
                0 => format!("has expired on {}", entry.expires),
                _ => format!("has expired on {}, and {others} more", entry.expires),
            };
            let path = format!("spec.entries[{first}]");
            warnings.push(warning(&resource, &path, message));
        }
    }
    warnings
}
