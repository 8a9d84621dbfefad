//! Compares signatures of Standard Webhooks with the scheme's own library, in both directions: what one signs the other
//! verifies, and what one refuses the other refuses.

use std::time::{SystemTime, UNIX_EPOCH};

use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};
use proptest::prelude::*;
use standardwebhooks::Webhook;

use super::*;
use crate::{Timestamp, WebhookRequest};

const SCHEME: SchemeName = SchemeName::STANDARD_WEBHOOKS;

/// The headers that carry id, time and signatures.
type Headers = Vec<(String, String)>;

/// The library reads the clock itself, so the time cannot be chosen.
fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap())
}

fn of_ours(keys: &[Vec<u8>], id: &str, body: &str) -> Headers {
    let signed = Signed {
        id,
        at: now(),
        body: body.as_bytes(),
    };
    sign(&SCHEME, keys, &signed)
}

fn of_theirs(key: &[u8], id: &str, body: &str) -> Headers {
    let seconds = now().as_millis() / 1000;
    let library = Webhook::from_bytes(key.to_vec()).unwrap();
    let signature = library.sign(id, seconds, body.as_bytes()).unwrap();
    let headers = [
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", seconds.to_string()),
        ("webhook-signature", signature),
    ];
    headers.map(|(name, value)| (name.to_owned(), value)).into()
}

fn we_verify(key: &[u8], headers: &Headers, body: &str) -> bool {
    let request = WebhookRequest {
        method: "POST".into(),
        query: Vec::new(),
        headers: headers.clone(),
        body: body.as_bytes().to_vec(),
        source_ip: None,
        received_at: now(),
        verified_by: None,
        parameters: Vec::new(),
    };
    verify(&SCHEME, &[key], &request, now()).is_ok()
}

fn they_verify(key: &[u8], headers: &Headers, body: &str) -> bool {
    let named = |(name, value): &(String, String)| {
        let name: HeaderName = name.parse().unwrap();
        (name, HeaderValue::from_str(value).unwrap())
    };
    let headers: HeaderMap = headers.iter().map(named).collect();
    let library = Webhook::from_bytes(key.to_vec()).unwrap();
    library.verify(body.as_bytes(), &headers).is_ok()
}

/// The signed request with one thing altered, in every way, with the key to verify it with.
fn altered(
    key: &[u8],
    headers: &Headers,
    body: &str,
) -> Vec<(&'static str, Vec<u8>, Headers, String)> {
    let with = |at: usize, change: fn(&str) -> String| {
        let mut headers = headers.clone();
        headers[at].1 = change(&headers[at].1);
        headers
    };
    let other_id = with(0, |id| format!("{id}x"));
    let other_time = with(1, |seconds| {
        (seconds.parse::<i64>().unwrap() + 1).to_string()
    });
    // Of the same length, because the library compares only as many bytes as there are.
    let other_signature = with(2, |signature| match signature.strip_prefix("v1,A") {
        Some(rest) => format!("v1,B{rest}"),
        None => format!("v1,A{}", &signature[4..]),
    });
    let mut other_key = key.to_vec();
    other_key[0] ^= 1;
    vec![
        ("body", key.to_vec(), headers.clone(), format!("{body} ")),
        ("id", key.to_vec(), other_id, body.to_owned()),
        ("timestamp", key.to_vec(), other_time, body.to_owned()),
        ("signature", key.to_vec(), other_signature, body.to_owned()),
        ("secret", other_key, headers.clone(), body.to_owned()),
    ]
}

fn key() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 24..=64)
}

proptest! {
    #[test]
    fn what_one_signs_the_other_verifies(key in key(), id in "[!-~]{1,64}", body in ".{0,200}") {
        prop_assert!(they_verify(&key, &of_ours(std::slice::from_ref(&key), &id, &body), &body));
        prop_assert!(we_verify(&key, &of_theirs(&key, &id, &body), &body));
    }

    #[test]
    fn both_refuse_an_altered_request(key in key(), id in "[!-~]{1,64}", body in ".{0,200}") {
        let ours = of_ours(std::slice::from_ref(&key), &id, &body);
        for signed in [ours, of_theirs(&key, &id, &body)] {
            for (what, key, headers, body) in altered(&key, &signed, &body) {
                prop_assert!(!they_verify(&key, &headers, &body), "theirs verifies another {}", what);
                prop_assert!(!we_verify(&key, &headers, &body), "ours verifies another {}", what);
            }
        }
    }

    #[test]
    fn during_a_rotation_both_keys_verify(
        old in key(),
        new in key(),
        other in key(),
        id in "[!-~]{1,64}",
        body in ".{0,200}",
    ) {
        let headers = of_ours(&[new.clone(), old.clone()], &id, &body);
        prop_assert_eq!(headers[2].1.split(' ').count(), 2);
        for key in [&old, &new] {
            prop_assert!(they_verify(key, &headers, &body));
            prop_assert!(we_verify(key, &headers, &body));
        }
        prop_assert!(!they_verify(&other, &headers, &body));
        prop_assert!(!we_verify(&other, &headers, &body));
    }
}
