//! What addresses are for.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

/// What an address is for, according to IANA's registries of special-purpose addresses
/// (RFC 6890) and to the clouds' own pages on where their metadata is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Anybody on the internet.
    Public,
    /// "This network": connects to the machine itself.
    Unspecified,
    /// The machine itself.
    Loopback,
    /// A private network (RFC 1918, RFC 4193).
    Private,
    /// Shared between customers of a carrier (RFC 6598).
    Shared,
    /// The same link only (RFC 3927).
    LinkLocal,
    /// Where a cloud tells a machine its credentials.
    Metadata,
    /// Many at once.
    Multicast,
    /// Everybody at once.
    Broadcast,
    /// Written in examples.
    Documentation,
    /// For tests of devices (RFC 2544).
    Benchmark,
    /// Set aside, or given to nobody.
    Reserved,
    /// IPv4, mapped into IPv6.
    Mapped,
    /// IPv4, in the abandoned compatible form.
    Compatible,
    /// IPv4, translated without state (RFC 2765).
    Translated,
    /// IPv4 of a 6to4 tunnel.
    SixToFour,
    /// IPv4 of a Teredo tunnel.
    Teredo,
    /// IPv4 behind a NAT64.
    Nat64,
}

impl Class {
    /// What this address is for.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => {
                let found = V4.iter().find(|(network, _)| network.contains(&address));
                found.map_or(Self::Public, |(_, class)| *class)
            }
            IpAddr::V6(address) => {
                let found = V6.iter().find(|(network, _)| network.contains(&address));
                found.map_or(Self::Reserved, |(_, class)| *class)
            }
        }
    }

    /// Whether configuration may open such addresses. Nobody has a reason to send orders to
    /// the others, however wide a network is that somebody allows.
    #[must_use]
    pub fn may_be_opened(self) -> bool {
        !matches!(
            self,
            Self::Unspecified | Self::Metadata | Self::Multicast | Self::Broadcast
        )
    }
}

impl fmt::Display for Class {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Public => "public",
            Self::Unspecified => "unspecified",
            Self::Loopback => "loopback",
            Self::Private => "private",
            Self::Shared => "carrier's shared",
            Self::LinkLocal => "link-local",
            Self::Metadata => "cloud metadata",
            Self::Multicast => "multicast",
            Self::Broadcast => "broadcast",
            Self::Documentation => "documentation",
            Self::Benchmark => "benchmark",
            Self::Reserved => "reserved",
            Self::Mapped => "IPv4-mapped",
            Self::Compatible => "IPv4-compatible",
            Self::Translated => "IPv4-translated",
            Self::SixToFour => "6to4",
            Self::Teredo => "Teredo",
            Self::Nat64 => "NAT64",
        })
    }
}

/// The IPv4 address that an IPv6 address carries.
pub(crate) fn carried(address: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(v6) = address else {
        return None;
    };
    let [_, b, c, .., y, z] = v6.segments();
    let joined = |high: u16, low: u16| Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
    match Class::of(address) {
        Class::Mapped | Class::Compatible | Class::Translated | Class::Nat64 => Some(joined(y, z)),
        Class::SixToFour => Some(joined(b, c)),
        Class::Teredo => Some(joined(!y, !z)),
        _ => None,
    }
}

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

/// A network by its first four groups; the others are zero.
const fn v6(a: u16, b: u16, c: u16, d: u16, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0), prefix)
}

/// What is not public; the first that holds an address counts. Metadata: AWS and most others
/// 169.254.169.254, AWS tasks and pods 169.254.170.0/24, Tencent 169.254.0.23, Alibaba
/// 100.100.100.200, Azure 168.63.129.16, Oracle 192.0.0.192.
const V4: [(Ipv4Net, Class); 25] = [
    (v4(169, 254, 169, 0, 24), Class::Metadata),
    (v4(169, 254, 170, 0, 24), Class::Metadata),
    (v4(169, 254, 0, 23, 32), Class::Metadata),
    (v4(100, 100, 100, 200, 32), Class::Metadata),
    (v4(168, 63, 129, 16, 32), Class::Metadata),
    (v4(192, 0, 0, 192, 32), Class::Metadata),
    (v4(0, 0, 0, 0, 8), Class::Unspecified),
    (v4(10, 0, 0, 0, 8), Class::Private),
    (v4(100, 64, 0, 0, 10), Class::Shared),
    (v4(127, 0, 0, 0, 8), Class::Loopback),
    (v4(169, 254, 0, 0, 16), Class::LinkLocal),
    (v4(172, 16, 0, 0, 12), Class::Private),
    (v4(192, 0, 0, 0, 24), Class::Reserved),
    (v4(192, 0, 2, 0, 24), Class::Documentation),
    (v4(192, 31, 196, 0, 24), Class::Reserved),
    (v4(192, 52, 193, 0, 24), Class::Reserved),
    (v4(192, 88, 99, 0, 24), Class::Reserved),
    (v4(192, 168, 0, 0, 16), Class::Private),
    (v4(192, 175, 48, 0, 24), Class::Reserved),
    (v4(198, 18, 0, 0, 15), Class::Benchmark),
    (v4(198, 51, 100, 0, 24), Class::Documentation),
    (v4(203, 0, 113, 0, 24), Class::Documentation),
    (v4(224, 0, 0, 0, 4), Class::Multicast),
    (v4(255, 255, 255, 255, 32), Class::Broadcast),
    (v4(240, 0, 0, 0, 4), Class::Reserved),
];

/// What is known of IPv6; the first that holds an address counts, and of what none holds
/// nobody may send to. Metadata: AWS `fd00:ec2::/32`, Google `fd20:ce::254`, and
/// `fe80::a9fe:a9fe` of `OpenStack`.
const V6: [(Ipv6Net, Class); 22] = [
    (v6(0xfd00, 0x0ec2, 0, 0, 32), Class::Metadata),
    (
        Ipv6Net::new_assert(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254), 128),
        Class::Metadata,
    ),
    (
        Ipv6Net::new_assert(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0xa9fe, 0xa9fe), 128),
        Class::Metadata,
    ),
    (
        Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 128),
        Class::Unspecified,
    ),
    (
        Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128),
        Class::Loopback,
    ),
    (v6(0, 0, 0, 0, 96), Class::Compatible),
    (
        Ipv6Net::new_assert(Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96),
        Class::Mapped,
    ),
    (
        Ipv6Net::new_assert(Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, 0, 0), 96),
        Class::Translated,
    ),
    (v6(0x64, 0xff9b, 0, 0, 96), Class::Nat64),
    (v6(0x64, 0xff9b, 1, 0, 48), Class::Nat64),
    (v6(0x2001, 0, 0, 0, 32), Class::Teredo),
    (v6(0x2001, 2, 0, 0, 48), Class::Benchmark),
    (v6(0x2001, 0, 0, 0, 23), Class::Reserved),
    (v6(0x2001, 0xdb8, 0, 0, 32), Class::Documentation),
    (v6(0x3fff, 0, 0, 0, 20), Class::Documentation),
    (v6(0x2002, 0, 0, 0, 16), Class::SixToFour),
    (v6(0x2620, 0x4f, 0x8000, 0, 48), Class::Reserved),
    (v6(0xfc00, 0, 0, 0, 7), Class::Private),
    (v6(0xfec0, 0, 0, 0, 10), Class::Private),
    (v6(0xfe80, 0, 0, 0, 10), Class::LinkLocal),
    (v6(0xff00, 0, 0, 0, 8), Class::Multicast),
    (v6(0x2000, 0, 0, 0, 3), Class::Public),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn class(address: &str) -> Class {
        Class::of(address.parse().unwrap())
    }

    /// What is before a network, its first address, its last, and what is after it.
    #[test]
    fn networks_end_where_the_registries_say() {
        for (edges, expected) in [
            (
                "9.255.255.255 10.0.0.0 10.255.255.255 11.0.0.0",
                Class::Private,
            ),
            (
                "100.63.255.255 100.64.0.0 100.127.255.255 100.128.0.0",
                Class::Shared,
            ),
            (
                "126.255.255.255 127.0.0.0 127.255.255.255 128.0.0.0",
                Class::Loopback,
            ),
            (
                "169.253.255.255 169.254.0.0 169.254.255.255 169.255.0.0",
                Class::LinkLocal,
            ),
            (
                "172.15.255.255 172.16.0.0 172.31.255.255 172.32.0.0",
                Class::Private,
            ),
            (
                "192.167.255.255 192.168.0.0 192.168.255.255 192.169.0.0",
                Class::Private,
            ),
            (
                "198.17.255.255 198.18.0.0 198.19.255.255 198.20.0.0",
                Class::Benchmark,
            ),
            (
                "2001:db7:ffff:: 2001:db8:: 2001:db8:ffff:: 2001:db9::",
                Class::Documentation,
            ),
            ("2001:200:: 2002:: 2002:ffff:: 2003::", Class::SixToFour),
        ] {
            let found: Vec<_> = edges.split(' ').map(class).collect();
            assert_eq!(
                found,
                [Class::Public, expected, expected, Class::Public],
                "{edges}"
            );
        }
        for nobody in ["1::", "4000::", "5f00::1", "100::1", "fe00::"] {
            assert_eq!(class(nobody), Class::Reserved, "{nobody}");
        }
    }

    #[test]
    fn the_rest_of_the_internet_is_public() {
        for public in [
            "1.1.1.1",
            "8.8.8.8",
            "203.0.114.1",
            "2606:4700::1111",
            "2a00:1450::1",
        ] {
            assert_eq!(class(public), Class::Public, "{public}");
        }
    }

    #[test]
    fn what_an_address_carries_is_found() {
        let ten = Some(Ipv4Addr::new(10, 1, 2, 3));
        for carrier in [
            "::ffff:10.1.2.3",
            "::10.1.2.3",
            "::ffff:0:10.1.2.3",
            "64:ff9b::10.1.2.3",
            "2002:a01:203::1",
            "2001:0:5ef5:79fd::f5fe:fdfc",
        ] {
            assert_eq!(carried(carrier.parse().unwrap()), ten, "{carrier}");
        }
        for plain in ["10.1.2.3", "2606:4700::1111", "fc00::a01:203"] {
            assert_eq!(carried(plain.parse().unwrap()), None, "{plain}");
        }
    }
}
