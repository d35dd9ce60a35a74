//! Networks of one's own that may be called.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

/// Networks that may be called although they are not public, such as `10.20.0.0/16`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

/// A text is no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected networks such as 10.20.0.0/16 or fd12:3456::/32, found {0:?}")]
pub struct NotANetwork(String);

impl Networks {
    pub(crate) fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

impl FromStr for Networks {
    type Err = NotANetwork;

    /// Reads networks, or single addresses, separated by commas.
    fn from_str(list: &str) -> Result<Self, NotANetwork> {
        let network = |entry: &str| {
            let single = || entry.parse::<IpAddr>().map(IpNet::from);
            let read = entry.parse().or_else(|_| single());
            read.map_err(|_| NotANetwork(entry.to_owned()))
        };
        let entries = list.split(',').map(str::trim);
        let networks = entries.filter(|entry| !entry.is_empty()).map(network);
        Ok(Self(networks.collect::<Result<_, _>>()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_and_addresses_are_read_and_what_is_neither_is_named() {
        let networks: Networks = " 10.20.0.0/16, fd12::/32,192.168.1.7 ".parse().unwrap();
        for (address, inside) in [
            ("10.20.255.1", true),
            ("10.21.0.1", false),
            ("fd12::1", true),
            ("192.168.1.7", true),
            ("192.168.1.8", false),
            ("::ffff:10.20.0.1", false),
        ] {
            assert_eq!(
                networks.contain(address.parse().unwrap()),
                inside,
                "{address}"
            );
        }
        for wrong in ["10.0.0.0/33", "10.0/8", "intranet"] {
            assert_eq!(
                wrong.parse::<Networks>(),
                Err(NotANetwork(wrong.to_owned()))
            );
        }
    }
}
