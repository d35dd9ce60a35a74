//! What is over, or soon will be.

use super::warning;
use crate::rule_set::{ResourceFault, RuleSet};
use order::{Span, Timestamp};

/// How long before the end of the published holidays a calendar is warned of: most deadlines are
/// nearer.
const BEFORE_HOLIDAYS_END: Span = Span::from_hours(60 * 24);

pub(super) fn warnings(rule_set: &RuleSet, now: Timestamp) -> Vec<ResourceFault> {
    let mut warnings = unpublished(rule_set, now);
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

/// Calendars whose official holidays end soon.
fn unpublished(rule_set: &RuleSet, now: Timestamp) -> Vec<ResourceFault> {
    let soon = now + BEFORE_HOLIDAYS_END;
    let calendars = rule_set
        .calendars()
        .filter(|(_, calendar)| calendar.is_provisional(soon));
    calendars
        .filter_map(|(name, calendar)| {
            let (_, through) = calendar.known()?;
            let message = format!(
                "its official holidays are known through {through}: deadlines later than that \
                 follow the weekly hours until the next year is published"
            );
            Some(warning(
                &format!("Calendar/{name}"),
                "spec.include",
                message,
            ))
        })
        .collect()
}
