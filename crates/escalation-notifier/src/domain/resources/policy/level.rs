//! Levels and reminders: who is told, by which channels, after how long.

use std::time::Duration;

use super::Reader;
use crate::domain::{
    policy::{
        Channel, Recipient,
        delay::{Delay, WorkingTime},
        route::{Level, Reminder, Repeat},
    },
    resources::node::Node,
};

/// Larger groups than anybody has.
const GROUP_AT_MOST: u32 = 100_000;

/// More repeats than anybody reads.
const REPEATS_AT_MOST: u32 = 100;

impl Reader<'_> {
    pub(super) fn level(&mut self, node: &Node<'_>) -> Option<Level> {
        node.only(
            &[
                "delay",
                "calendar",
                "recipients",
                "channel",
                "channels",
                "onlyIf",
                "repeat",
            ],
            self.faults,
        );
        let hours = self.hours(&node.get("calendar"));
        let delay = self.wait(&node.get("delay"), "a duration such as 0s or 4h");
        let recipients = self.recipients(&node.get("recipients"));
        let channels = self.channels(node);
        let (while_open, group_over) = self.only_if(&node.get("onlyIf"));
        let repeat = self.repeat(&node.get("repeat"), hours.as_ref());
        Some(Level {
            delay: Delay {
                wait: delay?,
                hours,
            },
            recipients,
            channels,
            while_open,
            group_over,
            repeat,
        })
    }

    /// In which state the ticket must be, and more than how many there must be in its group: a
    /// state, or `{ticket: open, groupOver: 10}` of which either may be left out.
    fn only_if(&mut self, node: &Node<'_>) -> (bool, Option<u32>) {
        if !node.is_mapping() {
            return (self.while_open(node), None);
        }
        node.only(&["ticket", "groupOver"], self.faults);
        let group_over = node.get("groupOver").count(GROUP_AT_MOST, self.faults);
        (self.while_open(&node.get("ticket")), group_over)
    }

    /// `unacknowledged`, unless said; or `open`.
    fn while_open(&mut self, node: &Node<'_>) -> bool {
        match node.text(self.faults).as_deref() {
            None | Some("unacknowledged") => false,
            Some("open") => true,
            Some(found) => {
                let expected = format!("expected unacknowledged or open, found \"{found}\"");
                node.fault(self.faults, expected);
                false
            }
        }
    }

    fn repeat(&mut self, node: &Node<'_>, hours: Option<&WorkingTime>) -> Option<Repeat> {
        node.only(&["every", "atMost"], self.faults);
        if !node.is_present() {
            return None;
        }
        let every = self.wait(&node.get("every"), "a duration such as 30m");
        if every.is_some_and(|every| every.is_zero()) {
            let expected = "expected more than no time, found 0s";
            node.get("every").fault(self.faults, expected);
        }
        let at_most = node.get("atMost");
        if !at_most.is_present() {
            let expected =
                format!("expected a number from 1 to {REPEATS_AT_MOST}, but it is missing");
            at_most.fault(self.faults, expected);
        }
        let at_most = at_most.count(REPEATS_AT_MOST, self.faults)?;
        Some(Repeat {
            every: Delay {
                wait: every?,
                hours: hours.cloned(),
            },
            at_most,
        })
    }

    pub(super) fn wait(&mut self, node: &Node<'_>, expected: &str) -> Option<Duration> {
        if !node.is_present() {
            node.fault(
                self.faults,
                format!("expected {expected}, but it is missing"),
            );
        }
        node.duration(self.faults)
    }

    pub(super) fn hours(&mut self, node: &Node<'_>) -> Option<WorkingTime> {
        let name = node.text(self.faults)?;
        let hours = self.calendars.get(&name);
        if hours.is_none() {
            let known: Vec<&str> = self.calendars.keys().map(String::as_str).collect();
            let known = match known.is_empty() {
                true => "there are none".to_owned(),
                false => format!("there are {}", known.join(", ")),
            };
            let expected = format!("expected the name of a Calendar, found \"{name}\"; {known}");
            node.fault(self.faults, expected);
        }
        hours.cloned()
    }

    pub(super) fn reminder(
        &mut self,
        node: &Node<'_>,
        after_acknowledgement: bool,
    ) -> Option<Reminder> {
        node.only(
            &["recipients", "channel", "channels", "afterAcknowledgement"],
            self.faults,
        );
        node.is_present().then(|| Reminder {
            recipients: self.recipients(&node.get("recipients")),
            channels: self.channels(node),
            after_acknowledgement: node
                .get("afterAcknowledgement")
                .flag(after_acknowledgement, self.faults),
        })
    }

    fn recipients(&mut self, node: &Node<'_>) -> Vec<Recipient> {
        let items = node.items(self.faults);
        if items.is_empty() {
            node.fault(
                self.faults,
                "expected a list of at least one of warehouse-owner, region-manager, assignee, fallback, person:<name>, team:<name>, schedule:<name>, endpoint:<name>",
            );
        }
        items
            .iter()
            .filter_map(|item| item.word(self.faults))
            .collect()
    }

    /// The channels of a level or reminder: `channels`, or `channel` for one.
    fn channels(&mut self, node: &Node<'_>) -> Vec<Channel> {
        let (one, several) = (node.get("channel"), node.get("channels"));
        match (one.is_present(), several.is_present()) {
            (true, false) => one.word(self.faults).into_iter().collect(),
            (false, true) => {
                let items = several.items(self.faults);
                if items.is_empty() {
                    several.fault(self.faults, "expected at least one channel, found none");
                }
                let mut channels: Vec<Channel> = Vec::new();
                for item in items {
                    let channel = item.word(self.faults);
                    channels.extend(channel.filter(|channel| !channels.contains(channel)));
                }
                channels
            }
            (true, true) => {
                several.fault(self.faults, "expected channel or channels, found both");
                Vec::new()
            }
            (false, false) => {
                one.fault(self.faults, "expected a channel, but it is missing");
                Vec::new()
            }
        }
    }
}
