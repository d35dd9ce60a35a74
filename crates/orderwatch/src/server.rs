//! Where the services are: one base address for all, or one address each.

use std::fmt;
use std::str::FromStr;

use tonic::transport::Uri;

/// One of the five services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Takes facts in.
    Ingest,
    /// Judges orders.
    RuleEvaluation,
    /// Keeps tickets.
    Ticketing,
    /// Tells people.
    EscalationNotifier,
    /// Remembers everything.
    Audit,
}

impl Service {
    /// All five, in the order of their ports.
    pub const ALL: [Service; 5] = [
        Service::Ingest,
        Service::RuleEvaluation,
        Service::Ticketing,
        Service::EscalationNotifier,
        Service::Audit,
    ];

    /// The service's name, as in logs and configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Service::Ingest => "ingest",
            Service::RuleEvaluation => "rule-evaluation",
            Service::Ticketing => "ticketing",
            Service::EscalationNotifier => "escalation-notifier",
            Service::Audit => "audit",
        }
    }

    /// Its port, counted from the base port: 1 to 5.
    #[must_use]
    pub fn offset(self) -> u16 {
        self as u16 + 1
    }
}

/// Addresses of the five services.
///
/// Written either as one base address, `http://127.0.0.1:7400`, whose services
/// are at the five ports above it, or as a list with one address each:
/// `ingest=http://a:7401,ticketing=http://b:7403`. Services left out of a list
/// are at their default address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server([Uri; 5]);

impl Server {
    /// Port below those of the five services, unless told otherwise.
    pub const DEFAULT_BASE_PORT: u16 = 7400;
    /// The base address unless told otherwise.
    pub const DEFAULT: &str = "http://127.0.0.1:7400";

    /// Where a service is.
    #[must_use]
    pub fn address(&self, service: Service) -> &Uri {
        &self.0[service as usize]
    }

    /// Services on this machine, at the five ports above `base`.
    #[must_use]
    pub(crate) fn at_base(base: u16) -> Self {
        Self(Service::ALL.map(|service| {
            let port = base.saturating_add(service.offset());
            Uri::try_from(format!("http://127.0.0.1:{port}")).unwrap_or_default()
        }))
    }

    fn from_base(base: &str) -> Result<Self, String> {
        let uri = parse_uri(base)?;
        let host = uri.host().ok_or_else(|| format!("{base} names no host"))?;
        let scheme = uri.scheme_str().unwrap_or("http");
        let base_port = uri.port_u16().unwrap_or(Self::DEFAULT_BASE_PORT);
        let mut addresses = Vec::with_capacity(Service::ALL.len());
        for service in Service::ALL {
            let port = base_port.checked_add(service.offset()).ok_or_else(|| {
                format!("port {base_port} leaves no room for five ports above it")
            })?;
            addresses.push(parse_uri(&format!("{scheme}://{host}:{port}"))?);
        }
        <[Uri; 5]>::try_from(addresses)
            .map(Self)
            .map_err(|_| format!("{base} is not a base address"))
    }

    fn from_list(list: &str) -> Result<Self, String> {
        let mut server = Self::from_base(Self::DEFAULT)?;
        for entry in list
            .split(',')
            .map(str::trim)
            .filter(|entry| !entry.is_empty())
        {
            let (name, address) = entry
                .split_once('=')
                .ok_or_else(|| format!("{entry} is not written as service=address"))?;
            let service = Service::ALL
                .into_iter()
                .find(|service| service.name() == name)
                .ok_or_else(|| format!("there is no service {name}: {}", names()))?;
            server.0[service as usize] = parse_uri(address)?;
        }
        Ok(server)
    }
}

impl FromStr for Server {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.contains('=') {
            Self::from_list(text)
        } else {
            Self::from_base(text)
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

fn parse_uri(address: &str) -> Result<Uri, String> {
    let whole = if address.contains("://") {
        address.to_owned()
    } else {
        format!("http://{address}")
    };
    whole
        .trim_end_matches('/')
        .parse()
        .map_err(|error| format!("{address} is not an address: {error}"))
}

fn names() -> String {
    let names: Vec<&str> = Service::ALL.iter().map(|service| service.name()).collect();
    format!("the services are {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn audit(text: &str) -> String {
        let server: Server = text.parse().unwrap();
        server.address(Service::Audit).to_string()
    }

    #[test]
    fn a_base_address_has_the_services_at_the_ports_above() {
        assert_eq!(audit(Server::DEFAULT), "http://127.0.0.1:7405/");
        assert_eq!(audit("shop.internal:9000"), "http://shop.internal:9005/");
        assert_eq!(
            audit("https://shop.internal"),
            "https://shop.internal:7405/"
        );
        assert_eq!(audit("http://[::1]:7500/"), "http://[::1]:7505/");
    }

    #[test]
    fn a_list_names_services_one_by_one() {
        assert_eq!(audit("audit=http://audit:80"), "http://audit:80/");
        assert_eq!(audit("ingest=http://ingest:80"), "http://127.0.0.1:7405/");
    }

    #[test]
    fn a_wrong_address_is_refused_with_what_was_expected() {
        let refuse = |text: &str| text.parse::<Server>().unwrap_err();
        assert!(refuse("127.0.0.1:65535").contains("no room for five ports"));
        assert!(refuse("tickets=http://a").contains("the services are ingest"));
    }
}
