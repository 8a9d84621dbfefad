//! Authentications in new triggers, in changes and in rotations.

use domain::signature::{Authentication, SchemeName};
use domain::{Sealed, SealedSecrets};

use super::*;

fn with_scheme(scheme: SchemeName) -> Trigger {
    Trigger {
        methods: vec![HookMethod::Post],
        authentication: Some(Authentication {
            scheme,
            secrets: SealedSecrets::new(Sealed::from_stored(b"canary".to_vec())),
        }),
        ..trigger()
    }
}

#[test]
fn an_authentication_is_read_with_its_secret_and_shown_without() {
    let body = json!({"authentication": {"scheme": "hmac", "header": "X-Sig", "secret": "s"}});
    let draft = create(&with_body(&body)).unwrap();
    assert!(!draft.body.to_string().contains("\"s\""), "{}", draft.body);
    let authentication = draft.authentication.unwrap();
    assert_eq!(authentication.secret.unwrap().reveal(), "s");
    let expected = json!({
        "scheme": "hmac", "algorithm": "sha256", "header": "x-sig", "encoding": "hex", "prefix": "",
        "secretEncoding": "text",
    });
    assert_eq!(
        view(&with_scheme(authentication.scheme))["authentication"],
        expected
    );
}

#[test]
fn another_scheme_inherits_no_setting_of_the_old_one() {
    let body = json!({"authentication": {"scheme": "hmac", "header": "x-sig"}});
    let hmac = create(&with_body(&body))
        .unwrap()
        .authentication
        .unwrap()
        .scheme;
    let patch = json!({"authentication": {"prefix": "v0="}});
    let draft = change(&with_body(&patch), &with_scheme(hmac.clone())).unwrap();
    let SchemeName::Hmac(chosen) = draft.authentication.unwrap().scheme else {
        panic!("the scheme stays");
    };
    let chosen = chosen.settings();
    assert_eq!((chosen.header, chosen.prefix), ("x-sig", "v0="));
    let patch = json!({"authentication": {"scheme": "github"}});
    let draft = change(&with_body(&patch), &with_scheme(hmac)).unwrap();
    assert_eq!(draft.authentication.unwrap().scheme, SchemeName::GITHUB);
    let patch = json!({ "authentication": null });
    let draft = change(&with_body(&patch), &with_scheme(SchemeName::GITHUB)).unwrap();
    assert!(draft.authentication.is_none());
}

#[test]
fn an_invalid_authentication_is_refused_with_its_pointer_and_without_its_secret() {
    for (authentication, code, at) in [
        (json!({}), "INVALID_FIELD", "/scheme"),
        (json!({"scheme": "rot13"}), "INVALID_FIELD", "/scheme"),
        (
            json!({"scheme": "github", "key": 1}),
            "UNKNOWN_FIELD",
            "/key",
        ),
        (
            json!({"scheme": "github", "secret": 7_777}),
            "INVALID_FIELD",
            "/secret",
        ),
        (
            json!({"scheme": "github", "secret": ""}),
            "INVALID_FIELD",
            "/secret",
        ),
        (
            json!({"scheme": "standard-webhooks", "secret": "7777"}),
            "INVALID_FIELD",
            "/secret",
        ),
        (
            json!({"scheme": "github", "header": "x"}),
            "INVALID_FIELD",
            "/header",
        ),
        (json!({"scheme": "hmac"}), "INVALID_FIELD", "/header"),
        (
            json!({"scheme": "hmac", "header": "a b"}),
            "INVALID_FIELD",
            "/header",
        ),
        (
            json!({"scheme": "hmac", "header": "x", "algorithm": "md5"}),
            "INVALID_FIELD",
            "/algorithm",
        ),
        (
            json!({"scheme": "hmac", "header": "x", "encoding": "utf"}),
            "INVALID_FIELD",
            "/encoding",
        ),
        (
            json!({"scheme": "hmac", "header": "x", "prefix": "a b"}),
            "INVALID_FIELD",
            "/prefix",
        ),
    ] {
        let refused = create(&with_body(&json!({ "authentication": authentication }))).unwrap_err();
        assert!(!format!("{refused:?}").contains("7777"), "{refused:?}");
        let expected = (code, format!("/authentication{at}"));
        assert_eq!(pointer(refused), expected, "{authentication}");
    }
    let get = json!({"authentication": {"scheme": "github"}, "methods": ["GET", "POST"]});
    let refused = create(&with_body(&get)).unwrap_err();
    assert_eq!(pointer(refused), ("INVALID_FIELD", "/methods".to_owned()));
}

#[test]
fn a_rotated_secret_overlaps_a_day_by_default_and_at_most_7() {
    let rotation = |body: Value| secret_rotation(&with_body(&body), &SchemeName::GITHUB);
    let default = rotation(json!({})).unwrap();
    assert_eq!(
        (default.secret.is_none(), default.overlap_secs),
        (true, 86_400)
    );
    let chosen = rotation(json!({"secret": "s", "overlapSeconds": 0})).unwrap();
    assert_eq!(
        (chosen.secret.unwrap().reveal(), chosen.overlap_secs),
        ("s", 0)
    );
    for (body, at) in [
        (json!({"overlapSeconds": 604_801}), "/overlapSeconds"),
        (json!({"secret": 1}), "/secret"),
    ] {
        let refused = rotation(body).unwrap_err();
        assert_eq!(pointer(refused), ("INVALID_FIELD", at.to_owned()));
    }
}
