//! What a URL's text gives away: schemes, notations, literal addresses. Nothing is resolved and nothing is sent.

use std::net::{Ipv4Addr, Ipv6Addr};

use egress::{Access, Egress, Policy, Refused, URL_BYTES};
use proptest::prelude::*;

fn closed() -> Egress {
    Egress::new(Policy::default())
}

fn with_loopback() -> Egress {
    Egress::new(Policy {
        loopback: Access::Open,
        ..Policy::default()
    })
}

fn kind_of(url: &str) -> &'static str {
    match closed().check(url) {
        Err(Refused::Address { kind, .. }) => kind,
        other => panic!("{url} gave {other:?}"),
    }
}

#[test]
fn every_special_range_is_refused_at_both_of_its_ends() {
    let ranges = [
        ("0.0.0.0", "0.255.255.255", "unspecified"),
        ("10.0.0.0", "10.255.255.255", "private"),
        ("100.64.0.0", "100.127.255.255", "carrier-grade NAT"),
        ("127.0.0.0", "127.255.255.255", "loopback"),
        ("169.254.0.0", "169.254.255.255", "link-local"),
        ("172.16.0.0", "172.31.255.255", "private"),
        ("192.0.0.0", "192.0.0.255", "protocol assignment"),
        ("192.0.2.0", "192.0.2.255", "documentation"),
        ("192.31.196.0", "192.31.196.255", "anycast infrastructure"),
        ("192.52.193.0", "192.52.193.255", "anycast infrastructure"),
        ("192.88.99.0", "192.88.99.255", "6to4 relay"),
        ("192.168.0.0", "192.168.255.255", "private"),
        ("192.175.48.0", "192.175.48.255", "anycast infrastructure"),
        ("198.18.0.0", "198.19.255.255", "benchmarking"),
        ("198.51.100.0", "198.51.100.255", "documentation"),
        ("203.0.113.0", "203.0.113.255", "documentation"),
        ("224.0.0.0", "239.255.255.255", "multicast"),
        ("240.0.0.0", "255.255.255.254", "reserved"),
        ("255.255.255.255", "255.255.255.255", "broadcast"),
        ("169.254.169.254", "169.254.169.254", "metadata"),
        ("169.254.170.2", "169.254.170.2", "metadata"),
        ("169.254.170.23", "169.254.170.23", "metadata"),
        ("100.100.100.200", "100.100.100.200", "metadata"),
        ("168.63.129.16", "168.63.129.16", "metadata"),
        ("[::]", "[::]", "unspecified"),
        ("[::1]", "[::1]", "loopback"),
        ("[::2]", "[::ffff:ffff]", "IPv4-compatible"),
        ("[::ffff:0:0]", "[::ffff:ffff:ffff]", "IPv4-mapped"),
        ("[::ffff:0:0:0]", "[::ffff:0:ffff:ffff]", "IPv4-translated"),
        ("[64:ff9b::]", "[64:ff9b::ffff:ffff]", "NAT64"),
        (
            "[64:ff9b:1::]",
            "[64:ff9b:1:ffff:ffff:ffff:ffff:ffff]",
            "NAT64",
        ),
        ("[100::]", "[100::ffff:ffff:ffff:ffff]", "discard-only"),
        ("[100:0:0:1::]", "[100:0:0:1:ffff:ffff:ffff:ffff]", "dummy"),
        (
            "[2001::]",
            "[2001:0:ffff:ffff:ffff:ffff:ffff:ffff]",
            "Teredo",
        ),
        (
            "[2001:1::]",
            "[2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff]",
            "protocol assignment",
        ),
        (
            "[2001:db8::]",
            "[2001:db8:ffff:ffff:ffff:ffff:ffff:ffff]",
            "documentation",
        ),
        (
            "[2002::]",
            "[2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff]",
            "6to4",
        ),
        (
            "[2620:4f:8000::]",
            "[2620:4f:8000:ffff:ffff:ffff:ffff:ffff]",
            "anycast infrastructure",
        ),
        (
            "[3fff::]",
            "[3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff]",
            "documentation",
        ),
        (
            "[5f00::]",
            "[5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff]",
            "segment routing",
        ),
        (
            "[fc00::]",
            "[fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]",
            "private",
        ),
        ("[fd00:ec2::254]", "[fd00:ec2::254]", "metadata"),
        (
            "[fe80::]",
            "[febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff]",
            "link-local",
        ),
        (
            "[fec0::]",
            "[feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]",
            "site-local",
        ),
        (
            "[ff00::]",
            "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]",
            "multicast",
        ),
        (
            "[4000::]",
            "[5eff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]",
            "unassigned",
        ),
        (
            "[1000::]",
            "[1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]",
            "unassigned",
        ),
    ];
    for (first, last, kind) in ranges {
        assert_eq!(kind_of(&format!("https://{first}/")), kind, "{first}");
        assert_eq!(kind_of(&format!("https://{last}:8443/")), kind, "{last}");
    }
}

#[test]
fn the_neighbours_of_every_range_are_allowed() {
    let neighbours = [
        "1.0.0.0",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "168.63.129.15",
        "168.63.129.17",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "191.255.255.255",
        "192.0.1.0",
        "192.0.3.0",
        "192.88.98.255",
        "192.88.100.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "198.51.99.255",
        "198.51.101.0",
        "203.0.112.255",
        "203.0.114.0",
        "223.255.255.255",
        "8.8.8.8",
        "[2001:200::]",
        "[2001:db7:ffff::]",
        "[2001:db9::]",
        "[2003::]",
        "[2606:4700:4700::1111]",
        "[2620:4f:7fff::1]",
        "[2620:4f:8001::]",
        "[3ffe:ffff::]",
        "[3fff:1000::]",
        "[2000::]",
    ];
    for host in neighbours {
        let url = format!("https://{host}/");
        assert!(closed().check(&url).is_ok(), "{host}");
    }
}

#[test]
fn every_notation_of_loopback_is_understood_as_loopback() {
    let notations = [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7F.1",
        "0177.0.0.1",
        "017700000001",
        "0x7f.0x0.0x0.0x1",
        "127.0.0.1.",
        "2130706433.",
        "%31%32%37.0.0.1",
        "127%2e0%2e0%2e1",
        "１２７.０.０.１",
        "127。0。0。1",
        "①②⑦.⓪.⓪.①",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[0000::0.0.0.1]",
        "127.255.255.254",
    ];
    for host in notations {
        assert_eq!(kind_of(&format!("https://{host}/")), "loopback", "{host}");
        let url = format!("http://{host}:8080/");
        assert!(with_loopback().check(&url).is_ok(), "{host}");
    }
}

#[test]
fn other_notations_of_special_addresses_are_understood_too() {
    let notations = [
        ("0", "unspecified"),
        ("0x0", "unspecified"),
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
        ("10.1", "private"),
        ("0300.0250.1", "private"),
    ];
    for (host, kind) in notations {
        assert_eq!(kind_of(&format!("https://{host}/")), kind, "{host}");
    }
}

#[test]
fn names_that_mean_this_machine_are_refused_in_every_spelling() {
    let names = [
        "localhost",
        "localhost.",
        "LOCALHOST",
        "LocalHost",
        "a.localhost",
        "a.b.localhost.",
        "ｌｏｃａｌｈｏｓｔ",
        "%6cocalhost",
        "loc\u{ad}alhost",
        "localhost..",
    ];
    for name in names {
        let outcome = closed().check(&format!("https://{name}/"));
        assert!(
            matches!(outcome, Err(Refused::LocalName { .. })),
            "{name} gave {outcome:?}"
        );
    }
    for name in ["localhost", "localhost.", "echo.localhost"] {
        let url = format!("http://{name}:1234/");
        assert!(with_loopback().check(&url).is_ok(), "{name}");
    }
}

#[test]
fn an_open_loopback_opens_nothing_else() {
    let special = [
        "0.0.0.0",
        "10.0.0.1",
        "169.254.169.254",
        "192.168.1.1",
        "[::]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[::2]",
        "128.0.0.1.nip.io.10",
    ];
    for host in special {
        let outcome = with_loopback().check(&format!("https://{host}/"));
        assert!(outcome.is_err(), "{host} gave {outcome:?}");
    }
    assert_eq!(
        with_loopback().check("http://example.com/"),
        Err(Refused::PlainHttp)
    );
}

#[test]
fn a_url_that_is_not_one_is_refused() {
    let broken = [
        "",
        "example.com",
        "/relative",
        "https://",
        "https:///",
        "https://.",
        "https://[::1",
        "https://[fe80::1%25eth0]/",
        "https://[fe80::1%eth0]/",
        "https://1.2.3.4.5/",
        "https://256.1.1.1/",
        "https://0x1ffffffff/",
        "https://a b.example/",
        "https://%00.example/",
        "https://example.com:99999/",
        "https://exa\tmple.com/",
        "https://example.com/\r\nHost: x",
        "\nhttps://example.com/",
        "https://a%2fb.example/",
        "https://[::127.1]/",
    ];
    for url in broken {
        let outcome = closed().check(url);
        assert!(
            matches!(outcome, Err(Refused::Malformed(_))),
            "{url:?} gave {outcome:?}"
        );
    }
}

#[test]
fn other_schemes_are_refused() {
    for url in [
        "file:///etc/passwd",
        "ftp://example.com/",
        "gopher://example.com/",
        "ws://example.com/",
        "data:text/plain,x",
        "javascript:0",
        "unix:/run/x.sock",
        "dict://example.com:11211/",
    ] {
        let outcome = closed().check(url);
        assert!(
            matches!(outcome, Err(Refused::Scheme(_))),
            "{url} gave {outcome:?}"
        );
    }
}

#[test]
fn plain_http_needs_a_deployment_that_opens_it() {
    assert_eq!(
        closed().check("http://example.com/"),
        Err(Refused::PlainHttp)
    );
    let open = Egress::new(Policy {
        plain_http: Access::Open,
        ..Policy::default()
    });
    assert!(open.check("http://example.com/").is_ok());
    assert!(open.check("http://127.0.0.1/").is_err());
    assert!(open.check("http://localhost/").is_err());
}

#[test]
fn credentials_in_front_of_the_host_are_refused() {
    for url in [
        "https://user@example.com/",
        "https://user:secret@example.com/",
        "https://:x@example.com/",
        "https://example.com@127.0.0.1/",
        "https://127.0.0.1%40@example.com/",
    ] {
        assert_eq!(closed().check(url), Err(Refused::Credentials), "{url}");
    }
}

#[test]
fn a_backslash_ends_the_host_as_browsers_read_it() {
    assert_eq!(kind_of("https://127.0.0.1\\@example.com/"), "loopback");
}

#[test]
fn port_zero_is_refused() {
    assert_eq!(closed().check("https://example.com:0/"), Err(Refused::Port));
}

#[test]
fn a_url_may_be_as_long_as_the_limit_and_no_longer() {
    let longest = format!("https://example.com/{}", "a".repeat(URL_BYTES - 20));
    assert!(closed().check(&longest).is_ok());
    let limit_bytes = URL_BYTES;
    assert_eq!(
        closed().check(&format!("{longest}a")),
        Err(Refused::TooLong { limit_bytes })
    );
}

#[test]
fn the_answer_is_the_url_in_its_normal_form() {
    let normal = closed().check("HTTPS://EXAMPLE.com.:443/a/../b?q=1#part");
    let normal = normal.map(|url| url.to_string());
    assert_eq!(normal.as_deref(), Ok("https://example.com/b?q=1"));
}

#[test]
fn a_refusal_shows_neither_path_nor_query() {
    for url in [
        "https://10.0.0.1/secret?token=secret",
        "http://example.com/secret",
        "https://localhost/secret",
        "https://a:secret@example.com/",
        "https://example.com:0/secret",
        "https://secret\u{0}/secret",
    ] {
        let message = closed().check(url).err().map(|refused| refused.to_string());
        let message = message.unwrap_or_default();
        assert!(
            !message.is_empty() && !message.contains("secret"),
            "{message}"
        );
    }
}

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
            let url = format!("https://[{v6}]/");
            prop_assert!(closed().check(&url).is_err(), "{url}");
            // ::1 is an IPv4-compatible spelling of 0.0.0.1 as well, and is loopback.
            if v6 != Ipv6Addr::LOCALHOST {
                prop_assert!(with_loopback().check(&url).is_err(), "{url}");
            }
        }
    }

    #[test]
    fn every_spelling_of_a_v4_address_gets_the_same_verdict(bits in any::<u32>()) {
        let [a, b, c, d] = bits.to_be_bytes();
        let verdict = |host: String| closed().check(&format!("https://{host}/")).map(|url| url.to_string());
        let expected = verdict(Ipv4Addr::from(bits).to_string());
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
        for spelling in spellings {
            prop_assert_eq!(verdict(spelling), expected.clone());
        }
    }

    #[test]
    fn whatever_is_written_is_judged_without_a_panic(text in "(https?://)?\\PC{0,40}") {
        let _ = closed().check(&text);
    }
}
