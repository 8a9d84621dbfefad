use super::*;
use crate::{Timestamp, WebhookRequest};

const NOW_SECS: i64 = 1_614_265_330;

fn now() -> Timestamp {
    Timestamp::from_millis(NOW_SECS * 1000)
}

fn request(headers: &[(&str, &str)], body: &[u8]) -> WebhookRequest {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    WebhookRequest {
        method: "POST".into(),
        query: Vec::new(),
        headers: headers.iter().map(owned).collect(),
        body: body.to_vec(),
        source_ip: None,
        received_at: now(),
        verified_by: None,
        parameters: Vec::new(),
    }
}

fn settings<'a>(
    algorithm: Algorithm,
    header: &'a str,
    encoding: Encoding,
    prefix: &'a str,
) -> HmacSettings<'a> {
    HmacSettings {
        algorithm,
        header,
        encoding,
        prefix,
        secret: SecretForm::Text,
    }
}

fn hmac(algorithm: Algorithm, encoding: Encoding, prefix: &str) -> SchemeName {
    let chosen = GenericHmac::new(settings(algorithm, "X-Signature", encoding, prefix));
    SchemeName::Hmac(chosen.unwrap())
}

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const BODY: &[u8] = br#"{"test": 2432232314}"#;
const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

#[test]
fn the_published_signatures_are_the_ones_that_signing_makes() {
    let standard = SchemeName::STANDARD_WEBHOOKS;
    let key = read_secret(&standard, SECRET).unwrap();
    let signed = Signed {
        id: ID,
        at: now(),
        body: BODY,
    };
    let headers = sign(&standard, &[key], &signed);
    assert_eq!(
        headers,
        [
            ("webhook-id", ID),
            ("webhook-timestamp", "1614265330"),
            ("webhook-signature", SIGNATURE),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
    let github = SchemeName::GITHUB;
    let key = read_secret(&github, "It's a Secret to Everybody").unwrap();
    let signed = Signed {
        body: b"Hello, World!",
        ..signed
    };
    let headers = sign(&github, &[key], &signed);
    let (name, value) = headers.last().unwrap();
    assert_eq!(name, "x-hub-signature-256");
    assert_eq!(
        value,
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    );
}

#[test]
fn a_signed_request_verifies_and_an_altered_one_does_not() {
    let schemes = [
        (SchemeName::STANDARD_WEBHOOKS, SECRET),
        (SchemeName::GITHUB, "secret"),
        (SchemeName::published("slack").unwrap(), "secret"),
        (SchemeName::published("stripe").unwrap(), "secret"),
        (hmac(Algorithm::Sha1, Encoding::Hex, ""), "secret"),
        (hmac(Algorithm::Sha256, Encoding::Base64, "v0="), "secret"),
        (hmac(Algorithm::Sha512, Encoding::Hex, "sha512="), "secret"),
    ];
    for (scheme, secret) in schemes {
        let key = read_secret(&scheme, secret).unwrap();
        let signed = Signed {
            id: ID,
            at: now(),
            body: BODY,
        };
        let headers = sign(&scheme, std::slice::from_ref(&key), &signed);
        let headers: Vec<(&str, &str)> = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let keys = [key];
        let good = request(&headers, BODY);
        assert_eq!(verify(&scheme, &keys, &good, now()), Ok(()), "{scheme:?}");
        let altered = request(&headers, b"{}");
        let refused = verify(&scheme, &keys, &altered, now());
        assert_eq!(refused, Err(Refusal::Mismatch), "{scheme:?}");
        let others = [b"another key of a length that fits".to_vec()];
        let refused = verify(&scheme, &others, &good, now());
        assert_eq!(refused, Err(Refusal::Mismatch), "{scheme:?}");
        let bare = request(&[], BODY);
        let refused = verify(&scheme, &keys, &bare, now());
        assert_eq!(refused, Err(Refusal::Missing), "{scheme:?}");
        let no_keys: [Vec<u8>; 0] = [];
        assert_eq!(
            verify(&scheme, &no_keys, &good, now()),
            Err(Refusal::Mismatch)
        );
    }
}

#[test]
fn a_signature_is_valid_for_five_minutes_in_either_direction() {
    let standard = SchemeName::STANDARD_WEBHOOKS;
    let keys = [read_secret(&standard, SECRET).unwrap()];
    let headers = [
        ("webhook-id", ID),
        ("webhook-timestamp", "1614265330"),
        ("webhook-signature", SIGNATURE),
    ];
    let at = |secs| {
        verify(
            &standard,
            &keys,
            &request(&headers, BODY),
            now().plus_secs(secs),
        )
    };
    assert_eq!(at(300), Ok(()));
    assert_eq!(at(-300), Ok(()));
    assert_eq!(at(301), Err(Refusal::Stale));
    assert_eq!(at(-301), Err(Refusal::Stale));
}

#[test]
fn during_a_rotation_one_valid_key_and_one_valid_signature_are_enough() {
    let standard = SchemeName::STANDARD_WEBHOOKS;
    let key = |byte| vec![byte; 32];
    let signed = Signed {
        id: ID,
        at: now(),
        body: BODY,
    };
    let headers = sign(&standard, &[key(1), key(2)], &signed);
    let headers: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let signature = headers.last().unwrap().1;
    assert_eq!(signature.split(' ').count(), 2);
    let both = request(&headers, BODY);
    for known in [[key(1), key(9)], [key(9), key(2)]] {
        assert_eq!(verify(&standard, &known, &both, now()), Ok(()));
    }
    // Other versions of a signature are passed over.
    let mixed = format!("v1a,xxxx {} v2,yyyy", headers.last().unwrap().1);
    let mixed = [headers[0], headers[1], ("webhook-signature", &mixed)];
    assert_eq!(
        verify(&standard, &[key(1)], &request(&mixed, BODY), now()),
        Ok(())
    );
}

#[test]
fn malformed_signatures_are_refused_without_a_panic() {
    let github = SchemeName::GITHUB;
    let keys = [b"secret".to_vec()];
    for header in [
        "",
        "sha256=",
        "sha256=0",
        "sha256=zz",
        "sha1=00",
        "sha256=+f",
        "sha256=é0",
    ] {
        let refused = verify(
            &github,
            &keys,
            &request(&[("x-hub-signature-256", header)], BODY),
            now(),
        );
        assert!(refused.is_err(), "{header}");
    }
}

#[test]
fn secrets_and_settings_are_checked() {
    let standard = SchemeName::STANDARD_WEBHOOKS;
    assert_eq!(
        read_secret(&standard, &new_standard_secret([7; 32])).unwrap(),
        [7; 32]
    );
    for text in ["", "secret", "whsec_", "whsec_AAAA", "whsec_!!!!"] {
        assert!(read_secret(&standard, text).is_err(), "{text}");
    }
    assert!(read_secret(&SchemeName::GITHUB, "").is_err());
    assert!(GenericHmac::new(settings(Algorithm::Sha256, "a b", Encoding::Hex, "")).is_err());
    assert!(GenericHmac::new(settings(Algorithm::Sha256, "x-a", Encoding::Hex, "a b")).is_err());
}

#[test]
fn sixteen_signatures_are_compared_and_the_seventeenth_is_not() {
    let standard = SchemeName::STANDARD_WEBHOOKS;
    let key = read_secret(&standard, SECRET).unwrap();
    let timestamp = NOW_SECS.to_string();
    let after = |others: usize| {
        let signatures = format!("{}{SIGNATURE}", "v1,AAAA ".repeat(others));
        let headers = [
            ("webhook-id", ID),
            ("webhook-timestamp", timestamp.as_str()),
            ("webhook-signature", signatures.as_str()),
        ];
        verify(
            &standard,
            std::slice::from_ref(&key),
            &request(&headers, BODY),
            now(),
        )
    };
    assert_eq!(after(15), Ok(()));
    assert!(after(16).is_err());
}

#[test]
fn a_prefix_has_at_most_64_characters() {
    let chosen = |chars: usize| {
        let prefix = "p".repeat(chars);
        GenericHmac::new(settings(Algorithm::Sha256, "x-a", Encoding::Hex, &prefix))
    };
    assert!(chosen(64).is_ok());
    assert!(chosen(65).is_err());
}
