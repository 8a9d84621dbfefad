//! The many notations of a host, each of which is parsed as that host.

use std::net::Ipv4Addr;

use egress::Refused;
use proptest::prelude::*;

use crate::{closed, with_loopback};

fn kind_of(host: &str) -> &'static str {
    match closed().check(&format!("https://{host}/")) {
        Err(Refused::Address { kind, .. }) => kind,
        other => panic!("{host} gave {other:?}"),
    }
}

#[test]
fn every_notation_of_loopback_is_parsed_as_loopback() {
    let notations = "
        127.0.0.1 127.1 127.0.1 2130706433 0x7f000001 0x7F.1 0177.0.0.1 017700000001 0x7f.0x0.0x0.0x1
        00000177.1 127.0.0.1. 2130706433. %31%32%37.0.0.1 127%2e0%2e0%2e1 １２７.０.０.１ 127。0。0。1 ①②⑦.⓪.⓪.①
        𝟏𝟐𝟕.𝟎.𝟎.𝟏 [::1] [0:0:0:0:0:0:0:1] [0000::0.0.0.1] 127.255.255.254
    ";
    for host in notations.split_whitespace() {
        assert_eq!(kind_of(host), "loopback", "{host}");
        let url = format!("http://{host}:8080/");
        assert!(with_loopback().check(&url).is_ok(), "{host}");
    }
}

#[test]
fn every_notation_of_another_special_address_is_recognised() {
    let notations = [
        ("0", "unspecified"),
        ("0x", "unspecified"),
        ("0xa9fea9fe", "metadata"),
        ("2852039166", "metadata"),
        ("0251.0376.0251.0376", "metadata"),
        ("169.254.43518", "metadata"),
        ("[::ffff:169.254.169.254]", "IPv4-mapped"),
        ("[::ffff:127.0.0.1]", "IPv4-mapped"),
        ("[::ffff:7f00:1]", "IPv4-mapped"),
        ("[::127.0.0.1]", "IPv4-compatible"),
        ("[64:ff9b::169.254.169.254]", "NAT64"),
        ("[2002:7f00:1::]", "6to4"),
        ("[FD00:EC2:0::254]", "metadata"),
        ("10.1", "private"),
        ("0300.0250.1", "private"),
    ];
    for (host, kind) in notations {
        assert_eq!(kind_of(host), kind, "{host}");
    }
}

#[test]
fn names_that_mean_this_machine_are_refused_in_every_spelling() {
    let names = "
        localhost localhost. LOCALHOST LocalHost a.localhost a.b.localhost. ｌｏｃａｌｈｏｓｔ %6cocalhost
        loc\u{ad}alhost localhost.. ⓛocalhost a。localhost
    ";
    for name in names.split_whitespace() {
        let outcome = closed().check(&format!("https://{name}/"));
        let is_refused = matches!(outcome, Err(Refused::LocalName { .. }));
        assert!(is_refused, "{name} gave {outcome:?}");
    }
    for name in ["localhost", "localhost.", "echo.localhost"] {
        let url = format!("http://{name}:1234/");
        assert!(with_loopback().check(&url).is_ok(), "{name}");
    }
}

#[test]
fn a_name_that_only_looks_local_is_an_ordinary_name() {
    for name in [
        "localhost.example.com",
        "notlocalhost",
        "127.0.0.1.example.com",
    ] {
        let url = format!("https://{name}/");
        assert!(closed().check(&url).is_ok(), "{name}");
    }
}

#[test]
fn a_backslash_ends_the_host_as_browsers_read_it() {
    assert_eq!(kind_of("127.0.0.1\\@example.com"), "loopback");
}

proptest! {
    #[test]
    fn every_notation_of_a_v4_address_gets_the_same_result(bits in any::<u32>()) {
        let egress = closed();
        let verdict = |host: String| {
            let outcome = egress.check(&format!("https://{host}/"));
            outcome.map(|url| url.to_string())
        };
        let [a, b, c, d] = bits.to_be_bytes();
        let spellings = [
            format!("{bits}"),
            format!("{bits:#x}"),
            format!("0{bits:o}"),
            format!("{a:#x}.{b:#x}.{c:#x}.{d:#x}"),
            format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
            format!("{a}.{}", bits & 0x00ff_ffff),
            format!("{a}.{b}.{}", bits & 0xffff),
            format!("{a}.{b}.{c}.{d}."),
        ];
        let expected = verdict(Ipv4Addr::from(bits).to_string());
        for spelling in spellings {
            prop_assert_eq!(verdict(spelling), expected.clone());
        }
    }
}
