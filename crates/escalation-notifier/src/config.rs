//! Settings of this service: section `[escalation_notifier]`.

mod http;
mod links;
mod personal_data;
mod secret;
mod smtp;

use std::{sync::Arc, time::Duration};

use outbound::{Destinations, Hosts};
use serde::Deserialize;
use service::config::{Faults, Interval};

use crate::{
    acknowledge::link::Links,
    channel::{email::Relay, vendor},
    domain::retry::RetrySchedule,
    keyring::Keyring,
};

pub use http::{Http, RawHttp};
pub use links::RawAcknowledge;
pub use personal_data::RawPersonalData;
pub use smtp::{RawDkim, RawSmtp};

/// Settings as they are written. The doc comments are the reference.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Raw {
    /// Robots.
    pub wecom: RawWecom,
    /// E-mail; without a host there is none.
    pub smtp: RawSmtp,
    /// Outbound HTTP.
    pub outbound: RawOutbound,
    /// Attempts to send.
    pub retry: RawRetry,
    /// What is served to browsers and calendar programs.
    pub http: RawHttp,
    /// How personal data is stored.
    pub personal_data: RawPersonalData,
    /// Links that acknowledge.
    pub acknowledge: RawAcknowledge,
}

/// `[escalation_notifier.wecom]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawWecom {
    /// Messages a minute of each robot. Default 20, the vendor's limit.
    pub messages_per_minute: u32,
    /// Longest that a request may take. Default 10s.
    pub timeout: Interval,
}

/// `[escalation_notifier.outbound]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawOutbound {
    /// Hosts that webhooks may lead to, such as `*.example.com`, separated by commas. Default
    /// those of `WeCom`, `DingTalk`, Feishu, Lark, Slack and `PagerDuty`.
    pub allowed_hosts: String,
    /// Networks that webhooks may lead to although they are not public, such as 10.20.0.0/16,
    /// separated by commas. Default none.
    pub private_networks: String,
    /// Whether webhooks may use http without TLS. Default false.
    pub plain_http: bool,
}

/// `[escalation_notifier.retry]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawRetry {
    /// Wait after the first failure; doubles from there. Default 2s.
    pub initial: Interval,
    /// Longest wait between two attempts. Default 15m.
    pub maximum: Interval,
    /// Attempts after which a delivery is given up. Default 20.
    pub attempts: u32,
    /// How long a delivery may wait for a channel that does not work before another one that
    /// reaches the same person is used. Default 45s.
    pub patience: Interval,
}

/// Settings, validated.
#[derive(Clone, Debug)]
pub struct Config {
    /// Messages a minute of each robot.
    pub messages_per_minute: u32,
    /// Longest that a webhook may take.
    pub webhook_timeout: Duration,
    /// Where webhooks may lead to.
    pub destinations: Destinations,
    /// The SMTP relay, when there is one.
    pub relay: Option<Relay>,
    /// When to try again.
    pub retry: RetrySchedule,
    /// What is served beside gRPC.
    pub http: Http,
    /// Links that acknowledge, in notices.
    pub links: Option<Links>,
    /// Keys of personal data; without any, none is stored.
    pub keyring: Option<Arc<Keyring>>,
}

impl Default for Config {
    fn default() -> Self {
        Self::validate(Raw::default(), &mut Faults::default())
    }
}

impl Config {
    /// Checks what was written, noting every fault under its key.
    #[must_use]
    pub fn validate(raw: Raw, faults: &mut Faults) -> Self {
        let messages_per_minute = faults.within(
            "escalation_notifier.wecom.messages_per_minute",
            raw.wecom.messages_per_minute,
            1..=1_000,
        );
        if raw.retry.initial > raw.retry.maximum {
            faults.add(
                "escalation_notifier.retry.initial",
                "expected no more than retry.maximum",
            );
        }
        Self {
            messages_per_minute,
            webhook_timeout: raw.wecom.timeout.duration(),
            destinations: destinations(&raw.outbound, faults),
            relay: smtp::relay(raw.smtp, faults),
            http: Http::validate(raw.http, faults),
            links: links::links(raw.acknowledge, faults),
            keyring: personal_data::keyring(&raw.personal_data, faults),
            retry: RetrySchedule {
                initial: raw.retry.initial.duration(),
                maximum: raw.retry.maximum.duration(),
                attempts: raw.retry.attempts.max(1),
                patience: raw.retry.patience.duration(),
            },
        }
    }
}

/// Where webhooks may lead to: without hosts nowhere.
fn destinations(raw: &RawOutbound, faults: &mut Faults) -> Destinations {
    let key = |name: &str| format!("escalation_notifier.outbound.{name}");
    let named = raw.allowed_hosts.split(',').map(str::trim);
    let hosts = Hosts::named(named.filter(|host| !host.is_empty()));
    let networks = raw.private_networks.parse();
    Destinations {
        hosts: faults
            .check(&key("allowed_hosts"), hosts)
            .unwrap_or_default(),
        networks: faults
            .check(&key("private_networks"), networks)
            .unwrap_or_default(),
        plain_http: raw.plain_http,
    }
}

impl Default for RawWecom {
    fn default() -> Self {
        Self {
            messages_per_minute: vendor::WECOM_MESSAGES_PER_MINUTE,
            timeout: Interval::seconds(10),
        }
    }
}

impl Default for RawOutbound {
    fn default() -> Self {
        Self {
            allowed_hosts: vendor::HOSTS.join(", "),
            private_networks: String::new(),
            plain_http: false,
        }
    }
}

impl Default for RawRetry {
    fn default() -> Self {
        let RetrySchedule {
            initial,
            maximum,
            attempts,
            patience,
        } = RetrySchedule::default();
        Self {
            initial: initial.into(),
            maximum: maximum.into(),
            attempts,
            patience: patience.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_noted_by_its_key() {
        let mut raw = Raw::default();
        raw.wecom.messages_per_minute = 0;
        raw.smtp.host = Some("relay.example.com".to_owned());
        raw.smtp.user = Some("orderwatch".to_owned());
        raw.smtp.authorities = Some("Cargo.toml".into());
        raw.outbound.allowed_hosts = "https://robots.example.com".to_owned();
        raw.outbound.private_networks = "10.0.0.0/33".to_owned();
        let mut faults = Faults::default();
        let _config = Config::validate(raw, &mut faults);
        let errors = faults.into_result().unwrap_err();
        let keys: Vec<&str> = errors
            .faults()
            .iter()
            .map(|fault| fault.key.as_str())
            .collect();
        assert_eq!(
            keys,
            [
                "escalation_notifier.wecom.messages_per_minute",
                "escalation_notifier.outbound.allowed_hosts",
                "escalation_notifier.outbound.private_networks",
                "escalation_notifier.smtp.password",
                "escalation_notifier.smtp.authorities",
                "escalation_notifier.smtp.from",
            ]
        );
    }
    #[test]
    fn a_signature_of_letters_is_checked_by_its_keys() {
        for (selector, domain, key, fault) in [
            (Some("orders"), None, Some("file:Cargo.toml"), "key"),
            (Some("orders"), None, None, "key"),
            (Some("or ders"), None, Some("file:Cargo.toml"), "selector"),
            (
                Some("orders"),
                Some("a;b"),
                Some("file:Cargo.toml"),
                "domain",
            ),
            (None, None, Some("file:Cargo.toml"), "selector"),
        ] {
            let mut raw = Raw::default();
            raw.smtp.host = Some("relay.example.com".to_owned());
            raw.smtp.from = Some("orderwatch@example.com".to_owned());
            raw.smtp.dkim = RawDkim {
                selector: selector.map(str::to_owned),
                domain: domain.map(str::to_owned),
                key: key.map(str::to_owned),
            };
            let mut faults = Faults::default();
            let _config = Config::validate(raw, &mut faults);
            let errors = faults.into_result().unwrap_err();
            let expected = format!("escalation_notifier.smtp.dkim.{fault}");
            assert_eq!(errors.faults()[0].key, expected);
        }
    }
}
