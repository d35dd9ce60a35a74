//! The section `[ticketing.automation]` of the configuration.

use std::{collections::BTreeMap, path::PathBuf};

use outbound::{Destinations, Url};
use serde::Deserialize;
use service::config::Faults;

use crate::automation::{Endpoint, Endpoints, Secret};

/// First token of our own subjects, under which nobody else speaks.
const OWN: &str = "orderwatch";
/// What is open to a machine that runs everything itself.
const THIS_MACHINE: &str = "127.0.0.0/8, ::1/128";

/// `[ticketing.automation]` as it is written. The doc comments are the reference.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawAutomation {
    /// Most calls at once, of each replica, 1 to 256. Default 8.
    pub calls: usize,
    /// Subjects under which steps may publish, such as `shop.refunds, shop.claims`. Default none.
    pub subjects: String,
    /// Where webhooks lead, by the names that procedures have for them.
    pub endpoints: BTreeMap<String, RawEndpoint>,
    /// Where they may lead.
    pub outbound: RawOutbound,
}

/// `[ticketing.automation.endpoints.NAME]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawEndpoint {
    /// Its address.
    pub url: String,
    /// The secret that calls are signed by, `whsec_` and base64.
    pub secret: RawSecret,
    /// Another one that signs as well, while the receiver changes from one to the other.
    pub other_secret: Option<RawSecret>,
}

/// Where a secret is: `{env = "VARIABLE"}` or `{file = "/run/secrets/NAME"}`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawSecret {
    /// Variable of the environment that holds it.
    pub env: Option<String>,
    /// File that holds it.
    pub file: Option<PathBuf>,
}

/// `[ticketing.automation.outbound]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawOutbound {
    /// Hosts that webhooks may lead to, such as `*.example.com`, separated by commas. Default any.
    pub allowed_hosts: Option<String>,
    /// Networks that they may lead to although they are not public, such as 10.20.0.0/16,
    /// separated by commas. Default none; with `orderwatch up` the machine itself.
    pub private_networks: Option<String>,
    /// Whether they may go by http without TLS. Default false; with `orderwatch up` true.
    pub plain_http: Option<bool>,
}

/// How calls to machines are made.
#[derive(Debug, Clone)]
pub struct AutomationConfig {
    /// Most calls at once.
    pub calls: usize,
    /// Under what steps may publish.
    pub subjects: Subjects,
    /// Where webhooks lead.
    pub endpoints: Endpoints,
    /// Where they may lead.
    pub destinations: Destinations,
}

/// Subjects under which steps may publish.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subjects(Vec<String>);

impl Default for RawAutomation {
    fn default() -> Self {
        Self {
            calls: 8,
            subjects: String::new(),
            endpoints: BTreeMap::new(),
            outbound: RawOutbound::default(),
        }
    }
}

impl RawAutomation {
    /// Checks what was written, noting every fault by its key.
    pub(super) fn validate(self, faults: &mut Faults) -> AutomationConfig {
        let endpoints = self.endpoints.into_iter();
        let endpoints = endpoints.filter_map(|(name, raw)| {
            // The environment's keys have no hyphens.
            let name = name.replace('_', "-");
            let endpoint = raw.validate(&name, faults)?;
            Some((name, endpoint))
        });
        AutomationConfig {
            endpoints: endpoints.collect(),
            calls: faults.within("ticketing.automation.calls", self.calls, 1..=256),
            subjects: Subjects::read(&self.subjects, faults),
            destinations: self.outbound.validate(faults),
        }
    }
}

impl RawEndpoint {
    fn validate(self, name: &str, faults: &mut Faults) -> Option<Endpoint> {
        let key = |part: &str| format!("ticketing.automation.endpoints.{name}.{part}");
        let url = faults.check(&key("url"), Url::parse(&self.url));
        let written = [
            ("secret", Some(self.secret)),
            ("other_secret", self.other_secret),
        ];
        let mut secrets = Vec::new();
        for (part, raw) in written {
            match raw.map(|raw| (raw.env, raw.file)) {
                Some((Some(variable), None)) => secrets.push(Secret::Environment(variable)),
                Some((None, Some(path))) => secrets.push(Secret::File(path)),
                Some(_) => faults.add(key(part), "expected either env or file"),
                None => {}
            }
        }
        Some(Endpoint { url: url?, secrets })
    }
}

impl RawOutbound {
    /// Opens this machine to webhooks, where nothing else is said: machines that are tried are on
    /// it.
    pub fn open_this_machine(&mut self) {
        self.private_networks
            .get_or_insert_with(|| THIS_MACHINE.to_owned());
        self.plain_http.get_or_insert(true);
    }

    fn validate(&self, faults: &mut Faults) -> Destinations {
        let key = |name: &str| format!("ticketing.automation.outbound.{name}");
        let hosts = self.allowed_hosts.as_deref().unwrap_or_default().parse();
        let hosts = faults.check(&key("allowed_hosts"), hosts);
        let networks = self.private_networks.as_deref().unwrap_or_default().parse();
        let networks = faults.check(&key("private_networks"), networks);
        Destinations {
            hosts: hosts.unwrap_or_default(),
            networks: networks.unwrap_or_default(),
            plain_http: self.plain_http.unwrap_or_default(),
        }
    }
}

impl Subjects {
    fn read(text: &str, faults: &mut Faults) -> Self {
        let written = text.split(',').map(str::trim).filter(|it| !it.is_empty());
        let written: Vec<String> = written.map(str::to_owned).collect();
        for subject in &written {
            let first = subject.split('.').next().unwrap_or_default();
            if first == OWN || first.starts_with('$') || subject.contains(['*', '>', ' ']) {
                let what = format!("`{subject}` must be a subject of the shop's own, such as shop");
                faults.add("ticketing.automation.subjects", what);
            }
        }
        Self(written)
    }

    /// Whether a subject is one of them, or under one.
    #[must_use]
    pub fn allow(&self, subject: &str) -> bool {
        let is_under = |root: &String| {
            let rest = subject.strip_prefix(root.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.0.iter().any(is_under)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_under_a_subject_is_allowed_and_our_own_never_is() {
        let mut faults = Faults::default();
        let subjects = Subjects::read("shop.refunds, claims", &mut faults);
        assert!(faults.is_empty());
        for (subject, allowed) in [
            ("shop.refunds", true),
            ("shop.refunds.paid", true),
            ("shop.refundsx", false),
            ("shop", false),
            ("claims.a.b", true),
            ("orderwatch.tickets.resolved", false),
        ] {
            assert_eq!(subjects.allow(subject), allowed, "{subject}");
        }
        for wrong in ["orderwatch", "orderwatch.tickets", "$JS.API", "shop.>"] {
            let mut faults = Faults::default();
            Subjects::read(wrong, &mut faults);
            assert!(!faults.is_empty(), "{wrong}");
        }
    }

    #[test]
    fn every_fault_is_told_by_its_key() {
        let endpoint = RawEndpoint {
            url: "payment desk".to_owned(),
            ..RawEndpoint::default()
        };
        let raw = RawAutomation {
            calls: 0,
            endpoints: [("payment_desk".to_owned(), endpoint)].into(),
            outbound: RawOutbound {
                private_networks: Some("10.0.0.0/99".to_owned()),
                ..RawOutbound::default()
            },
            ..RawAutomation::default()
        };
        let mut faults = Faults::default();
        raw.validate(&mut faults);
        let told = faults.into_result().unwrap_err().to_string();
        for key in [
            "calls",
            "endpoints.payment-desk.url",
            "endpoints.payment-desk.secret",
            "outbound.private_networks",
        ] {
            assert!(
                told.contains(&format!("ticketing.automation.{key}")),
                "{told}"
            );
        }
    }
}
