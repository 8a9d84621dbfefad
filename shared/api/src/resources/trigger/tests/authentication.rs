//! Authentications in new triggers, in changes and in rotations.

use domain::signature::SchemeName;
use domain::{
    AppAuthorization, AppCredentials, Authentication, Sealed, SealedSecrets,
    SignatureAuthentication, StoredAppKeys,
};

use super::*;

fn with_scheme(scheme: SchemeName) -> Trigger {
    Trigger {
        methods: vec![HookMethod::Post],
        authentication: Some(Authentication::Signature(SignatureAuthentication {
            scheme,
            secrets: SealedSecrets::new(Sealed::from_stored(b"canary".to_vec())),
        })),
        ..trigger()
    }
}

fn with_app() -> (Trigger, AppCredentials) {
    let keys = AppCredentials::from_random(1, [2; 32]);
    let stored = StoredAppKeys {
        fixed: keys.fixed_hash(),
        sealed: Sealed::from_stored(b"canary".to_vec()),
    };
    let trigger = Trigger {
        authentication: Some(Authentication::App(AppAuthorization::new(stored))),
        ..trigger()
    };
    (trigger, keys)
}

fn signature(draft: Draft) -> SignatureDraft {
    match draft.authentication {
        Some(AuthenticationDraft::Signature(signature)) => signature,
        other => panic!("no signature: {other:?}"),
    }
}

#[test]
fn an_authentication_is_read_with_its_secret_and_shown_without() {
    let body = json!({"authentication": {"scheme": "hmac", "header": "X-Sig", "secret": "s"}});
    let draft = create(&with_body(&body)).unwrap();
    assert!(!draft.body.to_string().contains("\"s\""), "{}", draft.body);
    let authentication = signature(draft);
    assert_eq!(authentication.secret.unwrap().reveal(), "s");
    let expected = json!({
        "scheme": "hmac", "algorithm": "sha256", "header": "x-sig", "encoding": "hex", "prefix": "",
        "secretEncoding": "any",
    });
    assert_eq!(
        json!(view(&with_scheme(authentication.scheme)))["authentication"],
        expected
    );
}

#[test]
fn another_scheme_inherits_no_setting_of_the_old_one() {
    let body = json!({"authentication": {"scheme": "hmac", "header": "x-sig"}});
    let hmac = signature(create(&with_body(&body)).unwrap()).scheme;
    let patch = json!({"authentication": {"prefix": "v0="}});
    let draft = change(&with_body(&patch), &with_scheme(hmac.clone())).unwrap();
    let SchemeName::Hmac(chosen) = signature(draft).scheme else {
        panic!("the scheme stays");
    };
    let chosen = chosen.settings();
    assert_eq!((chosen.header, chosen.prefix), ("x-sig", "v0="));
    let patch = json!({"authentication": {"scheme": "github"}});
    let draft = change(&with_body(&patch), &with_scheme(hmac)).unwrap();
    assert_eq!(signature(draft).scheme, SchemeName::GITHUB);
    let patch = json!({ "authentication": null });
    let draft = change(&with_body(&patch), &with_scheme(SchemeName::GITHUB)).unwrap();
    assert!(draft.authentication.is_none());
}

/// The keys are made, so the body holds none; a GET can present them as well as a POST.
#[test]
fn app_authorization_is_read_with_every_method_and_shown_without_its_keys() {
    let body = json!({"authentication": {"scheme": "app"}, "methods": ["GET", "POST"]});
    let draft = create(&with_body(&body)).unwrap();
    assert!(matches!(
        draft.authentication,
        Some(AuthenticationDraft::App)
    ));
    let (trigger, keys) = with_app();
    assert_eq!(
        json!(view(&trigger))["authentication"],
        json!({"scheme": "app"})
    );
    let keys = NewSecret::App(keys);
    let shown = json!(with_secret(view(&trigger), Some(&keys)));
    let sign = shown["authentication"]["sign"].as_str().unwrap();
    assert_eq!(sign.len(), 88);
    let expected = json!({
        "scheme": "app", "appKey": "00000000000000000000000000000001",
        "secretKey": "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI", "sign": sign,
    });
    assert_eq!(shown["authentication"], expected);
    let patch = json!({"enabled": false});
    let draft = change(&with_body(&patch), &trigger).unwrap();
    assert!(matches!(
        draft.authentication,
        Some(AuthenticationDraft::App)
    ));
    let patch = json!({"authentication": {"scheme": "github"}, "methods": ["POST"]});
    let draft = change(&with_body(&patch), &trigger).unwrap();
    assert_eq!(signature(draft).scheme, SchemeName::GITHUB);
}

#[test]
fn the_keys_of_app_authorization_overlap_a_day_by_default_and_cannot_be_chosen() {
    let rotation = |body: Value| app_rotation(&with_body(&body));
    assert_eq!(rotation(json!({})).unwrap(), 86_400);
    assert_eq!(
        rotation(json!({"overlapSeconds": 604_800})).unwrap(),
        604_800
    );
    for (body, code, at) in [
        (
            json!({"overlapSeconds": 604_801}),
            "INVALID_FIELD",
            "/overlapSeconds",
        ),
        (json!({"secret": "s"}), "UNKNOWN_FIELD", "/secret"),
    ] {
        let refused = rotation(body).unwrap_err();
        assert_eq!(pointer(refused), (code, at.to_owned()));
    }
    for field in ["secret", "header", "algorithm"] {
        let chosen = json!({"authentication": {"scheme": "app", field: "x"}});
        let refused = create(&with_body(&chosen)).unwrap_err();
        let expected = ("INVALID_FIELD", format!("/authentication/{field}"));
        assert_eq!(pointer(refused), expected);
    }
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
