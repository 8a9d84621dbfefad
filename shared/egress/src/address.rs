//! Which addresses a request made for a user may reach.
//!
//! Pure arithmetic on addresses. It does not know names, URLs or sockets, nor whether the deployment
//! allows loopback: it only classifies an address.
//!
//! The ranges are those of the IANA special-purpose address registries
//! (<https://www.iana.org/assignments/iana-ipv4-special-registry>,
//! <https://www.iana.org/assignments/iana-ipv6-special-registry>; RFC 6890, RFC 8190) and of the multicast registries,
//! plus the places where clouds put their metadata services.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The class of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// A public address of the internet.
    Public,
    /// This machine: `127.0.0.0/8` or `::1`, and no other notation of them.
    Loopback,
    /// Any other address, with the kind of its range as error messages name it.
    Special(&'static str),
}

/// Classifies an address.
pub(crate) fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(v4) => reach_v4(v4),
        IpAddr::V6(v6) => reach_v6(v6),
    }
}

fn reach_v4(address: Ipv4Addr) -> Reach {
    if address.is_loopback() {
        return Reach::Loopback;
    }
    let bits = u128::from(u32::from(address)) << 96;
    SPECIAL_V4
        .iter()
        .find(|(net, length, _)| shares_prefix(bits, u128::from(u32::from(*net)) << 96, *length))
        .map_or(Reach::Public, |(_, _, kind)| Reach::Special(kind))
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    if address == Ipv6Addr::LOCALHOST {
        return Reach::Loopback;
    }
    let bits = u128::from(address);
    if let Some((_, _, kind)) = SPECIAL_V6
        .iter()
        .find(|(net, length, _)| shares_prefix(bits, u128::from(*net), *length))
    {
        return Reach::Special(kind);
    }
    // RFC 4291 section 2.4 and the IANA address space registry: only this block is assigned as global
    // unicast, so whatever lies outside it is refused without having to be listed.
    if shares_prefix(bits, 0x2000 << 112, 3) {
        Reach::Public
    } else {
        Reach::Special("unassigned")
    }
}

fn shares_prefix(address: u128, net: u128, length: u32) -> bool {
    (address ^ net).leading_zeros() >= length
}

const fn v4(a: u8, b: u8, c: u8, d: u8) -> Ipv4Addr {
    Ipv4Addr::new(a, b, c, d)
}

/// The first match names the range, so narrower ranges come before wider ones.
const SPECIAL_V4: &[(Ipv4Addr, u32, &str)] = &[
    (v4(0, 0, 0, 0), 8, "unspecified"), // RFC 791 section 3.2
    (v4(10, 0, 0, 0), 8, "private"),    // RFC 1918
    (v4(100, 100, 100, 200), 32, "metadata"),
    (v4(100, 64, 0, 0), 10, "carrier-grade NAT"), // RFC 6598
    (v4(168, 63, 129, 16), 32, "metadata"),       // inside public space: Azure's platform address
    (v4(169, 254, 169, 254), 32, "metadata"),
    (v4(169, 254, 170, 2), 32, "metadata"),
    (v4(169, 254, 170, 23), 32, "metadata"),
    (v4(169, 254, 0, 0), 16, "link-local"),        // RFC 3927
    (v4(172, 16, 0, 0), 12, "private"),            // RFC 1918
    (v4(192, 0, 0, 0), 24, "protocol assignment"), // RFC 6890
    (v4(192, 0, 2, 0), 24, "documentation"),       // RFC 5737
    (v4(192, 31, 196, 0), 24, "anycast infrastructure"), // RFC 7535
    (v4(192, 52, 193, 0), 24, "anycast infrastructure"), // RFC 7450
    (v4(192, 88, 99, 0), 24, "6to4 relay"),        // RFC 7526
    (v4(192, 168, 0, 0), 16, "private"),           // RFC 1918
    (v4(192, 175, 48, 0), 24, "anycast infrastructure"), // RFC 7534
    (v4(198, 18, 0, 0), 15, "benchmarking"),       // RFC 2544
    (v4(198, 51, 100, 0), 24, "documentation"),    // RFC 5737
    (v4(203, 0, 113, 0), 24, "documentation"),     // RFC 5737
    (v4(224, 0, 0, 0), 4, "multicast"),            // RFC 5771
    (v4(255, 255, 255, 255), 32, "broadcast"),     // RFC 919
    (v4(240, 0, 0, 0), 4, "reserved"),             // RFC 1112 section 4
];

const fn v6(a: u16, b: u16, c: u16, d: u16) -> Ipv6Addr {
    Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0)
}

/// A v6 address with an embedded v4 address is refused, whatever the v4 address is: it is never needed to reach a public
/// server, and the network decides which v4 address a translator makes of it.
const SPECIAL_V6: &[(Ipv6Addr, u32, &str)] = &[
    (Ipv6Addr::UNSPECIFIED, 128, "unspecified"), // RFC 4291 section 2.5.2
    (
        Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0),
        96,
        "IPv4-mapped",
    ), // RFC 4291 section 2.5.5.2
    (
        Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, 0, 0),
        96,
        "IPv4-translated",
    ), // RFC 2765 section 2.1
    (Ipv6Addr::UNSPECIFIED, 96, "IPv4-compatible"), // RFC 4291 section 2.5.5.1
    (v6(0x64, 0xff9b, 0, 0), 96, "NAT64"),       // RFC 6052
    (v6(0x64, 0xff9b, 1, 0), 48, "NAT64"),       // RFC 8215
    (v6(0x100, 0, 0, 0), 64, "discard-only"),    // RFC 6666
    (v6(0x100, 0, 0, 1), 64, "dummy"),           // RFC 9780
    (v6(0x2001, 0, 0, 0), 32, "Teredo"),         // RFC 4380
    (v6(0x2001, 0, 0, 0), 23, "protocol assignment"), // RFC 2928
    (v6(0x2001, 0xdb8, 0, 0), 32, "documentation"), // RFC 3849
    (v6(0x2002, 0, 0, 0), 16, "6to4"),           // RFC 3056
    (v6(0x2620, 0x4f, 0x8000, 0), 48, "anycast infrastructure"), // RFC 7534
    (v6(0x3fff, 0, 0, 0), 20, "documentation"),  // RFC 9637
    (v6(0x5f00, 0, 0, 0), 16, "segment routing"), // RFC 9602
    (
        Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
        128,
        "metadata",
    ),
    (v6(0xfc00, 0, 0, 0), 7, "private"),     // RFC 4193
    (v6(0xfe80, 0, 0, 0), 10, "link-local"), // RFC 4291 section 2.5.6
    (v6(0xfec0, 0, 0, 0), 10, "site-local"), // RFC 3879
    (v6(0xff00, 0, 0, 0), 8, "multicast"),   // RFC 4291 section 2.7
];
