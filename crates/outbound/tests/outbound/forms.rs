//! Addresses of every forbidden class, and all the ways to write them in a URL.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use outbound::Class;

/// IPv4 addresses of each class.
pub(crate) const V4: [(&str, Class); 30] = [
    ("0.0.0.0", Class::Unspecified),
    ("0.1.2.3", Class::Unspecified),
    ("10.0.0.0", Class::Private),
    ("10.255.255.255", Class::Private),
    ("100.64.0.1", Class::Shared),
    ("100.127.255.254", Class::Shared),
    ("100.100.100.200", Class::Metadata),
    ("127.0.0.1", Class::Loopback),
    ("127.255.255.254", Class::Loopback),
    ("168.63.129.16", Class::Metadata),
    ("169.254.0.1", Class::LinkLocal),
    ("169.254.169.254", Class::Metadata),
    ("169.254.170.2", Class::Metadata),
    ("172.16.0.1", Class::Private),
    ("172.31.255.255", Class::Private),
    ("192.0.0.8", Class::Reserved),
    ("192.0.0.192", Class::Metadata),
    ("192.0.2.1", Class::Documentation),
    ("192.88.99.1", Class::Reserved),
    ("192.168.0.1", Class::Private),
    ("192.168.255.255", Class::Private),
    ("198.18.0.1", Class::Benchmark),
    ("198.19.255.255", Class::Benchmark),
    ("198.51.100.7", Class::Documentation),
    ("203.0.113.7", Class::Documentation),
    ("224.0.0.1", Class::Multicast),
    ("239.255.255.255", Class::Multicast),
    ("240.0.0.1", Class::Reserved),
    ("255.255.255.254", Class::Reserved),
    ("255.255.255.255", Class::Broadcast),
];

/// IPv6 addresses of each class that carries no IPv4.
pub(crate) const V6: [(&str, Class); 20] = [
    ("::", Class::Unspecified),
    ("::1", Class::Loopback),
    ("fc00::1", Class::Private),
    ("fd12:3456:789a::1", Class::Private),
    ("fdff:ffff::ffff", Class::Private),
    ("fec0::1", Class::Private),
    ("fe80::1", Class::LinkLocal),
    ("febf::1", Class::LinkLocal),
    ("fe80::a9fe:a9fe", Class::Metadata),
    ("fd00:ec2::254", Class::Metadata),
    ("fd20:ce::254", Class::Metadata),
    ("ff02::1", Class::Multicast),
    ("ff0e::1", Class::Multicast),
    ("2001:db8::1", Class::Documentation),
    ("3fff::1", Class::Documentation),
    ("2001:2::1", Class::Benchmark),
    ("2001:20::1", Class::Reserved),
    ("100::1", Class::Reserved),
    ("5f00::1", Class::Reserved),
    ("4000::1", Class::Reserved),
];

/// All ways to write an IPv4 address that browsers know.
pub(crate) fn of_v4(address: Ipv4Addr) -> Vec<String> {
    let [a, b, c, d] = address.octets();
    let whole = u32::from(address);
    let (low3, low2) = (whole & 0xff_ffff, whole & 0xffff);
    let dotted = address.to_string();
    let wide = |character: char| match character.to_digit(10) {
        Some(digit) => char::from_u32('０' as u32 + digit).unwrap(),
        None => '。',
    };
    let escaped: Vec<_> = dotted.bytes().map(|byte| format!("%{byte:02x}")).collect();
    vec![
        format!("{dotted}."),
        dotted.chars().map(wide).collect(),
        escaped.concat(),
        dotted,
        format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        format!("0000{a:o}.{b}.0x{c:x}.{d}"),
        format!("0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}"),
        format!("0X{a:02X}.0X{b:02X}.0X{c:02X}.0X{d:02X}"),
        whole.to_string(),
        format!("0{whole:o}"),
        format!("0x{whole:x}"),
        format!("0x00000000{whole:08X}"),
        format!("{a}.{low3}"),
        format!("{a}.{b}.{low2}"),
        format!("0x{a:x}.0{low3:o}"),
        format!("user:password@{a}.{b}.{c}.{d}"),
    ]
}

/// The ways to write an IPv6 address.
pub(crate) fn of_v6(address: Ipv6Addr) -> Vec<String> {
    let groups = address.segments().map(|group| format!("{group:04X}"));
    let [.., a, b, c, d] = address.octets();
    let tail = Ipv4Addr::new(a, b, c, d);
    vec![
        format!("[{address}]"),
        format!("[{}]", groups.join(":")),
        format!("[{}:{tail}]", groups[..6].join(":")),
    ]
}

/// The IPv6 addresses that carry an IPv4 address.
pub(crate) fn carrying(address: Ipv4Addr) -> Vec<(Ipv6Addr, Class)> {
    let [a, b, c, d] = address.octets();
    let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
    let v6 = Ipv6Addr::new;
    let carriers = vec![
        (v6(0, 0, 0, 0, 0, 0xffff, high, low), Class::Mapped),
        (v6(0, 0, 0, 0, 0xffff, 0, high, low), Class::Translated),
        (v6(0x64, 0xff9b, 0, 0, 0, 0, high, low), Class::Nat64),
        (v6(0x64, 0xff9b, 1, 0, 0, 0, high, low), Class::Nat64),
        (v6(0x2002, high, low, 0, 0, 0, 0, 1), Class::SixToFour),
        (v6(0x2001, 0, 1, 1, 0, 0, !high, !low), Class::Teredo),
        (v6(0, 0, 0, 0, 0, 0, high, low), Class::Compatible),
    ];
    // `::0.0.0.0` is `::`.
    let is_carrier = |(carrier, _): &(Ipv6Addr, Class)| !carrier.is_unspecified();
    carriers.into_iter().filter(is_carrier).collect()
}

/// Every forbidden address with its class; those that carry IPv4 also around what is public.
pub(crate) fn forbidden() -> Vec<(IpAddr, Class)> {
    let v4: Vec<_> = V4
        .iter()
        .map(|(text, class)| (text.parse().unwrap(), *class))
        .collect();
    let public = [Ipv4Addr::new(8, 8, 8, 8), Ipv4Addr::new(1, 1, 1, 1)];
    let inside = v4.iter().map(|(address, _)| *address).chain(public);
    let carriers: Vec<_> = inside.flat_map(carrying).collect();
    let v6 = V6
        .iter()
        .map(|(text, class)| (text.parse().unwrap(), *class));
    let v6 = v6
        .chain(carriers)
        .map(|(address, class)| (IpAddr::V6(address), class));
    let v4 = v4
        .into_iter()
        .map(|(address, class)| (IpAddr::V4(address), class));
    v4.chain(v6).collect()
}

/// Every way to write every forbidden address, with its class.
pub(crate) fn written() -> Vec<(String, Class)> {
    let forms = |(address, class)| {
        let forms = match address {
            IpAddr::V4(address) => of_v4(address),
            IpAddr::V6(address) => of_v6(address),
        };
        forms.into_iter().map(move |form| (form, class))
    };
    forbidden().into_iter().flat_map(forms).collect()
}
