//! Ways to reach people.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{contact::Kind, policy::UnknownWord};

/// A way to reach people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// A `WeCom` group robot.
    Wecom,
    /// A `DingTalk` group robot.
    Dingtalk,
    /// A Feishu (Lark) group robot.
    Feishu,
    /// A Slack webhook.
    Slack,
    /// `PagerDuty`'s Events API v2.
    Pagerduty,
    /// A webhook of anybody's: `CloudEvents`, signed as Standard Webhooks says.
    Webhook,
    /// A `WeCom` application, which tells each person by name.
    WecomApp,
    /// Short messages by somebody's gateway.
    Sms,
    /// E-mail over SMTP.
    Email,
    /// A line in the service's own log, when there is nothing else.
    Log,
}

impl Channel {
    /// Those whose messages are put at an endpoint of the directory.
    pub const ENDPOINTS: [Self; 8] = [
        Self::Wecom,
        Self::Dingtalk,
        Self::Feishu,
        Self::Slack,
        Self::Pagerduty,
        Self::Webhook,
        Self::WecomApp,
        Self::Sms,
    ];

    /// Where it tells each person for themselves: by which of their addresses.
    #[must_use]
    pub fn contact(self) -> Option<Kind> {
        match self {
            Self::WecomApp => Some(Kind::WecomUser),
            Self::Sms => Some(Kind::Phone),
            Self::Email => Some(Kind::Email),
            _ => None,
        }
    }

    /// Whether its messages go to one person, and to nobody else.
    #[must_use]
    pub fn is_personal(self) -> bool {
        self.contact().is_some()
    }

    /// Whether what it leads to keeps a state of each ticket, and so has to know what came of it.
    #[must_use]
    pub fn keeps_a_state(self) -> bool {
        self == Self::Pagerduty
    }

    /// Its name in policies, events and the ledger.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Wecom => "wecom",
            Self::Dingtalk => "dingtalk",
            Self::Feishu => "feishu",
            Self::Slack => "slack",
            Self::Pagerduty => "pagerduty",
            Self::Webhook => "webhook",
            Self::WecomApp => "wecom-app",
            Self::Sms => "sms",
            Self::Email => "email",
            Self::Log => "log",
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Channel {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let mut known = Self::ENDPOINTS.into_iter().chain([Self::Email, Self::Log]);
        known
            .find(|channel| channel.as_str() == text)
            .ok_or(UnknownWord {
                expected: "one of wecom, dingtalk, feishu, slack, pagerduty, webhook, wecom-app, sms, email, log",
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_read_by_the_name_it_is_written_with() {
        for channel in Channel::ENDPOINTS {
            assert_eq!(channel.as_str().parse(), Ok(channel));
        }
        assert!("pigeon".parse::<Channel>().is_err());
    }
}
