//! The section `[ingest.outbound]` of the configuration.

use outbound::Destinations;
use serde::Deserialize;
use service::config::Faults;

/// `[ingest.outbound]` as it is written. The doc comments are the reference.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawOutbound {
    /// Hosts that connectors may poll, such as `*.example.com`, separated by commas. Default any.
    pub allowed_hosts: Option<String>,
    /// Networks that connectors may poll although they are not public, such as 10.20.0.0/16,
    /// separated by commas. Default none; with `orderwatch up` the machine itself.
    pub private_networks: Option<String>,
    /// Whether connectors may poll by http without TLS. Default false; with `orderwatch up` true.
    pub plain_http: Option<bool>,
}

/// What is open to a machine that runs everything itself.
const THIS_MACHINE: &str = "127.0.0.0/8, ::1/128";

impl RawOutbound {
    /// Opens this machine to connectors, where nothing else is said: vendors that are tried, or
    /// simulated, are on it.
    pub fn open_this_machine(&mut self) {
        self.private_networks
            .get_or_insert_with(|| THIS_MACHINE.to_owned());
        self.plain_http.get_or_insert(true);
    }

    /// Validates the section; faults are reported by key.
    pub(super) fn validate(&self, faults: &mut Faults) -> Destinations {
        let key = |name: &str| format!("ingest.outbound.{name}");
        let hosts = self.allowed_hosts.as_deref().unwrap_or_default().parse();
        let networks = self.private_networks.as_deref().unwrap_or_default().parse();
        Destinations {
            hosts: faults
                .check(&key("allowed_hosts"), hosts)
                .unwrap_or_default(),
            networks: faults
                .check(&key("private_networks"), networks)
                .unwrap_or_default(),
            plain_http: self.plain_http.unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use outbound::{Destinations, Url};

    use super::*;

    fn validated(raw: &RawOutbound) -> (Destinations, Vec<String>) {
        let mut faults = Faults::default();
        let destinations = raw.validate(&mut faults);
        let faults = faults.into_result().err();
        let keys = faults.iter().flat_map(|errors| errors.faults());
        (destinations, keys.map(|fault| fault.key.clone()).collect())
    }

    #[test]
    fn this_machine_is_open_only_where_somebody_opens_it_and_nothing_else_is_said() {
        let vendor = Url::parse("http://127.0.0.1:8080/orders").unwrap();
        let mut raw = RawOutbound::default();
        assert!(validated(&raw).0.check(&vendor).is_err());
        raw.open_this_machine();
        assert_eq!(validated(&raw).0.check(&vendor), Ok(()));
        let mut said = RawOutbound {
            private_networks: Some("10.20.0.0/16".to_owned()),
            ..RawOutbound::default()
        };
        said.open_this_machine();
        assert!(validated(&said).0.check(&vendor).is_err());
    }

    #[test]
    fn every_fault_is_noted_by_its_key() {
        let raw = RawOutbound {
            allowed_hosts: Some("https://example.com".to_owned()),
            private_networks: Some("10.0.0.0/33".to_owned()),
            plain_http: None,
        };
        let keys = [
            "ingest.outbound.allowed_hosts",
            "ingest.outbound.private_networks",
        ];
        assert_eq!(validated(&raw).1, keys);
    }
}
