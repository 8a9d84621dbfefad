//! Which URLs are accepted: syntax, scheme, port and length.

use egress::{Refused, URL_BYTES};
use proptest::prelude::*;

use crate::{closed, with_loopback};

#[test]
fn a_malformed_url_is_refused() {
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
        "https://[::127.1]/",
        "https://1.2.3.4.5/",
        "https://256.1.1.1/",
        "https://0x1ffffffff/",
        "https://a b.example/",
        "https://%00.example/",
        "https://a%2fb.example/",
        "https://example.com:99999/",
        "https://exa\tmple.com/",
        "https://example.com/\r\nHost: x",
        "\nhttps://example.com/",
    ];
    for url in broken {
        let outcome = closed().check(url);
        let is_refused = matches!(outcome, Err(Refused::Malformed(_)));
        assert!(is_refused, "{url:?} gave {outcome:?}");
    }
}

#[test]
fn other_schemes_are_refused() {
    let others = "
        file:///etc/passwd ftp://example.com/ gopher://example.com/ ws://example.com/ data:text/plain,x
        javascript:0 unix:/run/x.sock dict://example.com:11211/ localhost:8080
    ";
    for url in others.split_whitespace() {
        let outcome = closed().check(url);
        let is_refused = matches!(outcome, Err(Refused::Scheme(_)));
        assert!(is_refused, "{url} gave {outcome:?}");
    }
}

#[test]
fn plain_http_to_public_addresses_is_refused_unless_the_deployment_allows_it() {
    let url = "http://example.com/";
    assert_eq!(closed().check(url), Err(Refused::PlainHttp));
    assert_eq!(with_loopback().check(url), Err(Refused::PlainHttp));
}

#[test]
fn credentials_in_front_of_the_host_are_refused() {
    let urls = "
        https://user@example.com/ https://user:secret@example.com/ https://:x@example.com/
        https://example.com@127.0.0.1/ https://127.0.0.1%40@example.com/
    ";
    for url in urls.split_whitespace() {
        assert_eq!(closed().check(url), Err(Refused::Credentials), "{url}");
    }
}

#[test]
fn port_zero_is_refused() {
    let outcome = closed().check("https://example.com:0/");
    assert_eq!(outcome, Err(Refused::Port));
}

#[test]
fn a_url_may_be_as_long_as_the_limit_and_no_longer() {
    let longest = format!("https://example.com/{}", "a".repeat(URL_BYTES - 20));
    assert!(closed().check(&longest).is_ok());
    let limit_bytes = URL_BYTES;
    let outcome = closed().check(&format!("{longest}a"));
    assert_eq!(outcome, Err(Refused::TooLong { limit_bytes }));
}

#[test]
fn the_result_is_the_url_in_its_normal_form() {
    let normal = closed().check("HTTPS://EXAMPLE.com.:443/a/../b?q=1#part");
    let normal = normal.map(|url| url.to_string());
    assert_eq!(normal.as_deref(), Ok("https://example.com/b?q=1"));
}

#[test]
fn a_refusal_shows_neither_path_nor_query_nor_password() {
    let urls = [
        "https://10.0.0.1/secret?token=secret",
        "http://example.com/secret",
        "https://localhost/secret",
        "https://a:secret@example.com/",
        "https://example.com:0/secret",
        "https://example.com:port/secret",
        "https://secret\u{0}/secret",
        "ftp://secret/secret",
    ];
    for url in urls {
        let message = closed().check(url).unwrap_err().to_string();
        assert!(!message.contains("secret"), "{message}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_check_panic(text in "(https?://)?\\PC{0,40}") {
        let _ = closed().check(&text);
    }
}
