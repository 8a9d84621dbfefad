//! Which addresses are refused, in their usual notation.

use std::net::{Ipv4Addr, Ipv6Addr};

use egress::{Access, Egress, Policy, Refused};
use proptest::prelude::*;

use crate::{closed, with_loopback};

/// First address, last address, kind.
const RANGES: &str = "
    0.0.0.0             0.255.255.255                                unspecified
    10.0.0.0            10.255.255.255                               private
    100.64.0.0          100.127.255.255                              carrier-grade NAT
    100.100.100.200     100.100.100.200                              metadata
    127.0.0.0           127.255.255.255                              loopback
    168.63.129.16       168.63.129.16                                metadata
    169.254.0.0         169.254.255.255                              link-local
    169.254.169.254     169.254.169.254                              metadata
    169.254.170.2       169.254.170.2                                metadata
    169.254.170.23      169.254.170.23                               metadata
    172.16.0.0          172.31.255.255                               private
    192.0.0.0           192.0.0.255                                  protocol assignment
    192.0.2.0           192.0.2.255                                  documentation
    192.31.196.0        192.31.196.255                               anycast infrastructure
    192.52.193.0        192.52.193.255                               anycast infrastructure
    192.88.99.0         192.88.99.255                                6to4 relay
    192.168.0.0         192.168.255.255                              private
    192.175.48.0        192.175.48.255                               anycast infrastructure
    198.18.0.0          198.19.255.255                               benchmarking
    198.51.100.0        198.51.100.255                               documentation
    203.0.113.0         203.0.113.255                                documentation
    224.0.0.0           239.255.255.255                              multicast
    240.0.0.0           255.255.255.254                              reserved
    255.255.255.255     255.255.255.255                              broadcast
    [::]                [::]                                         unspecified
    [::1]               [::1]                                        loopback
    [::2]               [::ffff:ffff]                                IPv4-compatible
    [::ffff:0:0]        [::ffff:ffff:ffff]                           IPv4-mapped
    [::ffff:0:0:0]      [::ffff:0:ffff:ffff]                         IPv4-translated
    [64:ff9b::]         [64:ff9b::ffff:ffff]                         NAT64
    [64:ff9b:1::]       [64:ff9b:1:ffff:ffff:ffff:ffff:ffff]         NAT64
    [100::]             [100::ffff:ffff:ffff:ffff]                   discard-only
    [100:0:0:1::]       [100:0:0:1:ffff:ffff:ffff:ffff]              dummy
    [1000::]            [1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]    unassigned
    [2001::]            [2001:0:ffff:ffff:ffff:ffff:ffff:ffff]       Teredo
    [2001:1::]          [2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff]     protocol assignment
    [2001:db8::]        [2001:db8:ffff:ffff:ffff:ffff:ffff:ffff]     documentation
    [2002::]            [2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff]    6to4
    [2620:4f:8000::]    [2620:4f:8000:ffff:ffff:ffff:ffff:ffff]      anycast infrastructure
    [3fff::]            [3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff]     documentation
    [4000::]            [5eff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]    unassigned
    [5f00::]            [5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff]    segment routing
    [fc00::]            [fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]    private
    [fd00:ec2::254]     [fd00:ec2::254]                              metadata
    [fe80::]            [febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff]    link-local
    [fec0::]            [feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]    site-local
    [ff00::]            [ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]    multicast
";

fn kind_of(host: &str, egress: &Egress) -> Option<&'static str> {
    match egress.check(&format!("https://{host}:8443/")) {
        Err(Refused::Address { kind, .. }) => Some(kind),
        Ok(_) => None,
        Err(other) => panic!("{host} gave {other:?}"),
    }
}

#[test]
fn every_special_range_is_refused_at_both_of_its_ends() {
    let egress = closed();
    for line in RANGES.lines().filter(|line| !line.trim().is_empty()) {
        let mut words = line.split_whitespace();
        let ends = [words.next().unwrap(), words.next().unwrap()];
        let kind = words.collect::<Vec<_>>().join(" ");
        for end in ends {
            assert_eq!(kind_of(end, &egress), Some(kind.as_str()), "{end}");
        }
    }
}

#[test]
fn the_addresses_next_to_every_range_are_allowed() {
    let neighbours = "
        1.0.0.0 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 168.63.129.15
        168.63.129.17 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.0.3.0
        192.31.195.255 192.31.197.0 192.52.192.255 192.52.194.0 192.88.98.255 192.88.100.0 192.167.255.255
        192.169.0.0 192.175.47.255 192.175.49.0 198.17.255.255 198.20.0.0 198.51.99.255 198.51.101.0
        203.0.112.255 203.0.114.0 223.255.255.255 8.8.8.8 [2000::] [2001:200::] [2001:db7:ffff::] [2001:db9::]
        [2003::] [2606:4700:4700::1111] [2620:4f:7fff::1] [2620:4f:8001::] [3ffe:ffff::] [3fff:1000::]
    ";
    let egress = closed();
    for host in neighbours.split_whitespace() {
        assert_eq!(kind_of(host, &egress), None, "{host}");
    }
}

#[test]
fn allowing_loopback_allows_no_other_range() {
    let egress = with_loopback();
    for line in RANGES.lines().filter(|line| !line.trim().is_empty()) {
        let first = line.split_whitespace().next().unwrap();
        let is_loopback = matches!(first, "127.0.0.0" | "[::1]");
        assert_eq!(kind_of(first, &egress).is_none(), is_loopback, "{first}");
    }
    assert!(kind_of("[::ffff:127.0.0.1]", &egress).is_some());
    assert!(kind_of("[64:ff9b::127.0.0.1]", &egress).is_some());
}

#[test]
fn allowing_plain_http_allows_no_special_range() {
    let egress = Egress::new(Policy {
        plain_http: Access::Open,
        ..Policy::default()
    });
    assert!(egress.check("http://example.com/").is_ok());
    assert!(egress.check("http://127.0.0.1/").is_err());
    assert!(egress.check("http://10.0.0.1/").is_err());
    assert!(egress.check("http://localhost/").is_err());
}

/// Every way to embed a v4 address in a v6 address that some host or router translates back.
fn embeddings(v4: Ipv4Addr) -> [Ipv6Addr; 7] {
    let [a, b, c, d] = v4.octets();
    let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
    [
        Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, high, low),
        Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, high, low),
        Ipv6Addr::new(0, 0, 0, 0, 0, 0, high, low),
        Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
        Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, high, low),
        Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
        Ipv6Addr::new(0x2001, 0, 1, 2, 3, 4, !high, !low),
    ]
}

proptest! {
    #[test]
    fn a_v4_address_inside_a_v6_address_is_never_reached(bits in any::<u32>()) {
        for v6 in embeddings(Ipv4Addr::from(bits)) {
            let host = format!("[{v6}]");
            prop_assert!(kind_of(&host, &closed()).is_some(), "{}", host);
            // 0.0.0.1 in its IPv4-compatible form is ::1, which is loopback.
            if v6 != Ipv6Addr::LOCALHOST {
                prop_assert!(kind_of(&host, &with_loopback()).is_some(), "{}", host);
            }
        }
    }
}
