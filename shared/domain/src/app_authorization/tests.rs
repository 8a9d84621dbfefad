//! The two forms of `Sign`, wherever a request has them, and what is stored of such a request.

use std::str::from_utf8;

use super::*;
use crate::WebhookRequest;
use crate::signature::Refusal;

/// The moment of the published example.
const NOW_MS: i64 = 1_700_000_000_000;
const TIMESTAMP: &str = "1700000000000";
/// The published example: `ak`, `sk` and the timestamp.
const TIMESTAMPED: &str =
    "NzVhZTg2ZWQ1OTdhMDJjOGYxYjg3MjFlOTg0NTRlNjgxYzVlNTM5ODk4MDQ4MGI0NzgyYzMxODM3NzIxMzQ1Nw==";

fn now() -> Timestamp {
    Timestamp::from_millis(NOW_MS)
}

fn credentials(app_key: &str, secret_key: &str) -> AppCredentials {
    AppCredentials::parse(format!("{app_key}:{secret_key}").as_bytes()).unwrap()
}

fn stored(keys: &AppCredentials) -> StoredAppKeys {
    StoredAppKeys {
        fixed: keys.fixed_hash(),
        sealed: Sealed::from_stored(keys.plaintext().reveal().as_bytes().to_vec()),
    }
}

fn request(headers: &[(&str, &str)], query: &[(&str, &str)], body: &str) -> WebhookRequest {
    let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(pair).collect()
    };
    WebhookRequest {
        method: "POST".into(),
        query: pairs(query),
        headers: pairs(headers),
        body: body.into(),
        source_ip: None,
        received_at: now(),
        verified_by: None,
        parameters: Vec::new(),
    }
}

/// As `trigger` verifies, with a cipher that changes nothing.
fn verify(app: &AppAuthorization, request: &WebhookRequest, now: Timestamp) -> Result<(), Refusal> {
    let claim = AppClaim::read(request)?;
    if claim.has_fixed_sign(app, now) {
        return Ok(());
    }
    claim.check_timestamp(now)?;
    let live: Vec<AppCredentials> = app
        .live(now)
        .map(|keys| AppCredentials::parse(keys.sealed.as_bytes()).unwrap())
        .collect();
    claim.verify_timestamped(&live)
}

fn ak() -> AppAuthorization {
    AppAuthorization::new(stored(&credentials("ak", "sk")))
}

const JSON: (&str, &str) = ("content-type", "application/json");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

#[test]
fn the_published_example_has_its_sign() {
    let sign = credentials("ak", "sk").timestamped_sign(TIMESTAMP);
    assert_eq!(sign.reveal(), TIMESTAMPED);
}

/// Computed with `printf 'AppKey=ak&SecretKey=sk' | sha256sum | cut -c 1-64 | tr -d '\n' | base64 -w 0`.
#[test]
fn the_fixed_sign_has_88_characters() {
    let sign = credentials("ak", "sk").fixed_sign();
    assert_eq!(sign.reveal().len(), 88);
    assert_eq!(sign.reveal(), FIXED);
}

const FIXED: &str =
    "ZTM5ZDhkYTJkZGMxNzQ0ODQ4MzgyZTdhMWExMTFiM2M3NTUwMTNjNjIxZDJiNjA1YWI3NjNlMjkzYTI1MmFlYw==";

#[test]
fn the_fields_are_found_in_every_place_and_every_case() {
    let timestamped =
        format!(r#"{{"AppKey":"ak","Sign":"{TIMESTAMPED}","Timestamp":{TIMESTAMP}}}"#);
    let text = timestamped.replace(TIMESTAMP, &format!("\"{TIMESTAMP}\""));
    let form = format!(
        "a=1&AppKey=ak&Sign={}&Timestamp={TIMESTAMP}",
        TIMESTAMPED.replace('=', "%3D")
    );
    let at = ("Timestamp", TIMESTAMP);
    for found in [
        request(
            &[
                ("hap-appkey", "ak"),
                ("hap-sign", TIMESTAMPED),
                ("hap-timestamp", TIMESTAMP),
            ],
            &[],
            "",
        ),
        request(&[], &[("AppKey", "ak"), ("Sign", TIMESTAMPED), at], ""),
        request(
            &[],
            &[
                ("appkey", "ak"),
                ("SIGN", TIMESTAMPED),
                ("timeStamp", TIMESTAMP),
            ],
            "",
        ),
        request(&[JSON], &[], &timestamped),
        request(&[JSON], &[], &text),
        request(
            &[JSON],
            &[],
            &timestamped
                .to_lowercase()
                .replace(&TIMESTAMPED.to_lowercase(), TIMESTAMPED),
        ),
        request(&[FORM], &[], &form),
        request(&[FORM], &[], &form.replace("AppKey", "APPKEY")),
        // Each field in another place.
        request(
            &[JSON, ("hap-sign", TIMESTAMPED)],
            &[at],
            r#"{"appKey":" ak "}"#,
        ),
        request(
            &[JSON, ("hap-sign", TIMESTAMPED)],
            &[("appkey", "ak")],
            &format!(r#"{{"timestamp":{TIMESTAMP}}}"#),
        ),
        request(&[("hap-appkey", "ak")], &[("sign", FIXED)], ""),
        request(
            &[JSON],
            &[],
            &format!(r#"{{"appkey":"ak","sign":"{FIXED}"}}"#),
        ),
    ] {
        assert_eq!(verify(&ak(), &found, now()), Ok(()), "{found:?}");
    }
}

#[test]
fn a_wrong_or_missing_field_is_refused() {
    let header = |key, sign| request(&[("hap-appkey", key), ("hap-sign", sign)], &[], "");
    for (refused, refusal) in [
        (header("", FIXED), Refusal::Missing),
        (header("ak", " "), Refusal::Missing),
        (header("other", FIXED), Refusal::Mismatch),
        (header("ak", TIMESTAMPED), Refusal::Mismatch),
        (header("ak", &FIXED.to_lowercase()), Refusal::Mismatch),
        (header("ak", "NA=="), Refusal::Mismatch),
        (request(&[], &[("AppKey", "ak")], ""), Refusal::Missing),
        (
            request(&[], &[("AppKeys", "ak"), ("Sign", FIXED)], ""),
            Refusal::Missing,
        ),
        (
            request(&[], &[("hap-appkey", "ak"), ("hap-sign", FIXED)], ""),
            Refusal::Missing,
        ),
        (
            request(&[JSON], &[], r#"{"AppKey":["ak"],"Sign":true}"#),
            Refusal::Missing,
        ),
        (
            request(&[JSON], &[], r#"{"in":{"AppKey":"ak","Sign":"x"}}"#),
            Refusal::Missing,
        ),
        (request(&[JSON], &[], "{"), Refusal::Missing),
        (
            request(&[JSON, ("content-encoding", "gzip")], &[], "{}"),
            Refusal::Missing,
        ),
        (
            request(&[("content-type", "text/plain")], &[], r#"{"AppKey":"ak"}"#),
            Refusal::Missing,
        ),
    ] {
        assert_eq!(verify(&ak(), &refused, now()), Err(refusal), "{refused:?}");
    }
    // The time that was signed counts, not another one that is as near.
    let moved = [
        ("AppKey", "ak"),
        ("Sign", TIMESTAMPED),
        ("Timestamp", "1700000000001"),
    ];
    assert_eq!(
        verify(&ak(), &request(&[], &moved, ""), now()),
        Err(Refusal::Mismatch)
    );
}

#[test]
fn a_timestamp_may_be_five_minutes_away_and_not_a_millisecond_more() {
    let query = [
        ("AppKey", "ak"),
        ("Sign", TIMESTAMPED),
        ("Timestamp", TIMESTAMP),
    ];
    let signed = request(&[], &query, "");
    for (away_ms, expected) in [
        (300_000, Ok(())),
        (-300_000, Ok(())),
        (300_001, Err(Refusal::Stale)),
        (-300_001, Err(Refusal::Stale)),
    ] {
        let received = now().plus_millis(away_ms);
        assert_eq!(verify(&ak(), &signed, received), expected, "{away_ms}");
    }
}

/// Events have timestamps of their own; beside a fixed `Sign` they mean nothing.
#[test]
fn a_timestamp_of_the_senders_own_does_not_spoil_a_fixed_sign() {
    for timestamp in ["0", "\"2023-11-14T22:13:20Z\"", "null"] {
        let body = format!(r#"{{"AppKey":"ak","Sign":"{FIXED}","timestamp":{timestamp}}}"#);
        let signed = request(&[JSON], &[], &body);
        assert_eq!(verify(&ak(), &signed, now()), Ok(()), "{timestamp}");
    }
}

#[test]
fn old_and_new_keys_work_until_the_overlap_ends_and_then_the_new_ones_alone() {
    let (old, new) = (credentials("ak", "sk"), credentials("ak2", "sk2"));
    let rotated = AppAuthorization::new(stored(&old)).rotate(stored(&new), 60, now());
    let fixed = |keys: &AppCredentials| {
        request(
            &[
                ("hap-appkey", keys.app_key()),
                ("hap-sign", keys.fixed_sign().reveal()),
            ],
            &[],
            "",
        )
    };
    let timestamped = |keys: &AppCredentials| {
        let sign = keys.timestamped_sign(TIMESTAMP);
        let query = [
            ("AppKey", keys.app_key()),
            ("Sign", sign.reveal()),
            ("Timestamp", TIMESTAMP),
        ];
        request(&[], &query, "")
    };
    let within = now().plus_millis(59_999);
    let after = now().plus_secs(60);
    for signed in [fixed(&new), timestamped(&new)] {
        assert_eq!(verify(&rotated, &signed, within), Ok(()));
        assert_eq!(verify(&rotated, &signed, after), Ok(()));
    }
    for signed in [fixed(&old), timestamped(&old)] {
        assert_eq!(verify(&rotated, &signed, within), Ok(()));
        assert_eq!(verify(&rotated, &signed, after), Err(Refusal::Mismatch));
    }
    // The AppKey of one pair does not go with the Sign of the other.
    let sign = new.fixed_sign();
    let mixed = [("hap-appkey", "ak"), ("hap-sign", sign.reveal())];
    let refused = verify(&rotated, &request(&mixed, &[], ""), now());
    assert_eq!(refused, Err(Refusal::Mismatch));
    let at_once = rotated.rotate(stored(&old), 0, now());
    assert_eq!(at_once.previous, None);
}

#[test]
fn what_is_stored_has_no_credentials_and_everything_else_as_it_came() {
    let cases = [
        (
            JSON,
            r#"{"b":1.10,"AppKey":"ak","a":[2],"sign":"x","Timestamp":5}"#,
            r#"{"b":1.10,"a":[2],"Timestamp":5}"#,
        ),
        (JSON, r#"{"sign":"x"}"#, "{}"),
        (FORM, "b=1&App%4Bey=ak&&a=%20+&SIGN=x&sign=y", "b=1&&a=%20+"),
    ];
    for (kind, body, kept) in cases {
        let stored = without_app_credentials(request(&[kind], &[], body));
        assert_eq!(from_utf8(&stored.body).unwrap(), kept);
    }
    // Fields of the sender, where the credentials are elsewhere, and bodies that hold none.
    let elsewhere = [JSON, ("hap-appkey", "ak"), ("hap-sign", "x")];
    let body = r#"{ "sign": "Leo", "appkey": 1 }"#;
    let stored = without_app_credentials(request(&elsewhere, &[], body));
    assert_eq!(from_utf8(&stored.body).unwrap(), body);
    for body in ["{ \"a\":1 }", "{", "[1]", ""] {
        let stored = without_app_credentials(request(&[JSON], &[], body));
        assert_eq!(from_utf8(&stored.body).unwrap(), body);
    }
}

#[test]
fn new_keys_are_read_back_from_what_is_encrypted_and_never_print_themselves() {
    let keys = AppCredentials::from_random(7, [9; 32]);
    let read = AppCredentials::parse(keys.plaintext().reveal().as_bytes()).unwrap();
    assert_eq!(read.app_key(), keys.app_key());
    assert_eq!(read.fixed_hash(), keys.fixed_hash());
    assert_eq!(keys.app_key().len(), 32);
    assert_eq!(format!("{keys:?}"), "AppCredentials(…)");
    assert!(AppCredentials::parse(b"no colon").is_none());
    assert!(AppCredentials::parse(b"\xff:").is_none());
}
