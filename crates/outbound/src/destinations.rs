//! Where requests may go.

use std::net::IpAddr;

use url::{Host, Url};

use crate::address::{Class, carried};
use crate::hosts::Hosts;
use crate::networks::Networks;

/// Where requests may go. By default to any public host, by https.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Destinations {
    /// Which hosts, by name.
    pub hosts: Hosts,
    /// Which networks that are not public.
    pub networks: Networks,
    /// Whether http without TLS will do.
    pub plain_http: bool,
}

/// Why a request may not go where it should. Says nothing of the URL but its host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is no URL of a web server.
    #[error("a URL with https and a host is expected")]
    NotWeb,
    /// It would go without TLS.
    #[error("{0} must be called by https")]
    NotSecure(String),
    /// Nobody named its host.
    #[error("{0} is not among the hosts that may be called")]
    Host(String),
    /// It would reach what is not public.
    #[error("{host} is at a {class} address, which may not be called")]
    Address {
        /// The host.
        host: String,
        /// What its address is for.
        class: Class,
    },
}

impl Refusal {
    /// The key under which services let an operator allow it, where that is possible.
    #[must_use]
    pub fn setting(&self) -> Option<&'static str> {
        match self {
            Self::NotWeb => None,
            Self::NotSecure(_) => Some("plain_http"),
            Self::Host(_) => Some("allowed_hosts"),
            Self::Address { class, .. } => class.may_be_opened().then_some("private_networks"),
        }
    }
}

impl Destinations {
    /// Checks all of a URL that can be seen without asking for the addresses of a name.
    ///
    /// # Errors
    ///
    /// A request may not go there.
    pub fn check(&self, url: &Url) -> Result<(), Refusal> {
        let host = url.host().ok_or(Refusal::NotWeb)?;
        match url.scheme() {
            "https" => {}
            "http" if self.plain_http => {}
            "http" => return Err(Refusal::NotSecure(host.to_string())),
            _ => return Err(Refusal::NotWeb),
        }
        if !self.hosts.contain(&host) {
            return Err(Refusal::Host(host.to_string()));
        }
        match host {
            Host::Domain(_) => Ok(()),
            Host::Ipv4(address) => self.admit(&host.to_string(), address.into()),
            Host::Ipv6(address) => self.admit(&host.to_string(), address.into()),
        }
    }

    /// Checks one address of a host.
    ///
    /// # Errors
    ///
    /// A request may not go there.
    pub fn admit(&self, host: &str, address: IpAddr) -> Result<(), Refusal> {
        let class = Class::of(address);
        if class == Class::Public {
            return Ok(());
        }
        if !class.may_be_opened() || !self.networks.contain(address) {
            let host = host.to_owned();
            return Err(Refusal::Address { host, class });
        }
        // Whoever opens a NAT64 has not yet opened the networks behind it.
        carried(address).map_or(Ok(()), |inner| self.admit(host, inner.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opening(networks: &str) -> Destinations {
        Destinations {
            networks: networks.parse().unwrap(),
            ..Destinations::default()
        }
    }

    fn admitted(destinations: &Destinations, address: &str) -> bool {
        destinations.admit("host", address.parse().unwrap()).is_ok()
    }

    #[test]
    fn a_network_opens_itself_and_nothing_else() {
        let erp = opening("10.20.0.0/16");
        assert!(admitted(&erp, "10.20.3.4"));
        for other in [
            "10.21.0.1",
            "127.0.0.1",
            "::ffff:10.20.3.4",
            "64:ff9b::10.20.3.4",
        ] {
            assert!(!admitted(&erp, other), "{other}");
        }
    }

    #[test]
    fn even_the_widest_network_opens_neither_metadata_nor_many_at_once() {
        let everything = opening("0.0.0.0/0, ::/0");
        for private in ["10.0.0.1", "127.0.0.1", "fc00::1", "::ffff:10.0.0.1"] {
            assert!(admitted(&everything, private), "{private}");
        }
        for never in [
            "169.254.169.254",
            "100.100.100.200",
            "fd00:ec2::254",
            "0.0.0.0",
            "::",
            "224.0.0.1",
            "ff02::1",
            "255.255.255.255",
            "::ffff:169.254.169.254",
            "64:ff9b::169.254.169.254",
            "2002:a9fe:a9fe::",
        ] {
            assert!(!admitted(&everything, never), "{never}");
        }
    }

    #[test]
    fn a_nat64_that_is_open_leads_to_the_public_only() {
        let translated = opening("64:ff9b::/96");
        assert!(admitted(&translated, "64:ff9b::8.8.8.8"));
        assert!(!admitted(&translated, "64:ff9b::10.0.0.1"));
    }

    #[test]
    fn only_https_unless_plain_http_will_do_and_never_anything_else() {
        let mut destinations = Destinations::default();
        let url = |text: &str| Url::parse(text).unwrap();
        assert_eq!(destinations.check(&url("https://example.com")), Ok(()));
        let refused = destinations.check(&url("http://example.com"));
        assert_eq!(refused, Err(Refusal::NotSecure("example.com".to_owned())));
        destinations.plain_http = true;
        assert_eq!(destinations.check(&url("http://example.com")), Ok(()));
        for other in [
            "ftp://example.com",
            "file:///etc/passwd",
            "data:text/plain,x",
            "gopher://example.com",
        ] {
            assert_eq!(
                destinations.check(&url(other)),
                Err(Refusal::NotWeb),
                "{other}"
            );
        }
    }
}
