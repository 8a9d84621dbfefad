//! Triggers in and out.

use domain::signature::{Authentication, SchemeName};
use domain::{
    Environment, OrgId, Sealed, SealedSecrets, Tenant, Timestamp, TokenHashes, WorkflowId,
};

use super::*;

fn sent(body: &Value) -> Inbound {
    let mut inbound = Inbound::read(lambda_http::Request::default());
    inbound.body = body.to_string().into_bytes();
    inbound
}

fn trigger() -> Trigger {
    Trigger {
        id: TriggerId::derived(&["t"]),
        workflow_id: WorkflowId::derived(&["w"]),
        tenant: Tenant {
            org: OrgId::derived(&["o"]),
            environment: Environment::Test,
        },
        enabled: true,
        token: TokenHashes::new(Secret::from_caller("canary").hash()),
        ip_allow_list: IpAllowList::parse(&["203.0.113.0/24", "2001:db8::/32"]).unwrap(),
        methods: vec![HookMethod::Get, HookMethod::Post],
        authentication: None,
        created_at: Timestamp::from_millis(1_781_612_250_231),
        revision: 1,
    }
}

fn pointer(problem: Problem) -> (&'static str, String) {
    let code = problem.code().as_str();
    let body = problem.respond("req").into_body();
    let members: Value = serde_json::from_slice(&body).unwrap();
    (code, members["pointer"].as_str().unwrap_or_default().into())
}

#[test]
fn a_trigger_has_its_public_form_and_no_token() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&view(&trigger())).unwrap());
}

#[test]
fn the_url_is_shown_where_the_token_was_made() {
    let token = Secret::from_caller("tok");
    let view = view_with_url(&trigger(), &token, "https://edge.example");
    let expected = format!(
        "https://edge.example/hooks/{}?token=tok",
        trigger().workflow_id
    );
    assert_eq!(view["url"], expected);
}

#[test]
fn a_new_trigger_has_defaults() {
    let draft = create(&Inbound::read(lambda_http::Request::default())).unwrap();
    assert!(draft.enabled);
    assert_eq!(draft.ip_allow_list, IpAllowList::default());
    assert_eq!(draft.methods, [HookMethod::Post]);
}

#[test]
fn a_change_touches_what_it_names_and_null_goes_back_to_the_default() {
    let draft = change(&sent(&json!({"enabled": false})), &trigger()).unwrap();
    assert!(!draft.enabled);
    assert_eq!(draft.ip_allow_list, trigger().ip_allow_list);
    assert_eq!(draft.methods, trigger().methods);
    let cleared = json!({"ipAllowList": null, "methods": null});
    let draft = change(&sent(&cleared), &trigger()).unwrap();
    assert_eq!(draft.ip_allow_list, IpAllowList::default());
    assert_eq!(draft.methods, [HookMethod::Post]);
}

#[test]
fn what_a_trigger_cannot_be_is_refused_with_its_pointer() {
    for (body, code, at) in [
        (
            json!({"ipAllowList": ["192.0.2.0/24", "example.com"]}),
            "INVALID_FIELD",
            "/ipAllowList/1",
        ),
        (
            json!({"ipAllowList": vec!["192.0.2.1"; 101]}),
            "INVALID_FIELD",
            "/ipAllowList",
        ),
        (json!({"methods": []}), "INVALID_FIELD", "/methods"),
        (
            json!({"methods": ["POST", "PUT"]}),
            "INVALID_FIELD",
            "/methods/1",
        ),
        (json!({"profile": "hap"}), "INVALID_FIELD", "/profile"),
        (json!({"token": "mine"}), "UNKNOWN_FIELD", "/token"),
    ] {
        let expected = (code, at.to_owned());
        assert_eq!(pointer(create(&sent(&body)).unwrap_err()), expected);
        assert_eq!(
            pointer(change(&sent(&body), &trigger()).unwrap_err()),
            expected
        );
    }
}

#[test]
fn an_overlap_is_0_by_default_and_at_most_7_days() {
    let overlap = |body: Value| overlap_secs(&sent(&body));
    assert_eq!(overlap(json!({})).unwrap(), 0);
    assert_eq!(
        overlap(json!({"overlapSeconds": 604_800})).unwrap(),
        604_800
    );
    for seconds in [json!(604_801), json!(-1), json!("60")] {
        let refused = overlap(json!({"overlapSeconds": seconds})).unwrap_err();
        let expected = ("INVALID_FIELD", "/overlapSeconds".to_owned());
        assert_eq!(pointer(refused), expected);
    }
}

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
fn an_authentication_goes_in_with_its_secret_and_comes_out_without() {
    let body = json!({"authentication": {"scheme": "hmac", "header": "X-Sig", "secret": "s"}});
    let draft = create(&sent(&body)).unwrap();
    assert!(!draft.body.to_string().contains("\"s\""), "{}", draft.body);
    let wanted = draft.authentication.unwrap();
    assert_eq!(wanted.secret.unwrap().reveal(), "s");
    let expected = json!({
        "scheme": "hmac", "algorithm": "sha256", "header": "x-sig", "encoding": "hex", "prefix": "",
        "secretEncoding": "text",
    });
    assert_eq!(
        view(&with_scheme(wanted.scheme))["authentication"],
        expected
    );
}

#[test]
fn a_change_of_scheme_leaves_nothing_of_the_old_one() {
    let body = json!({"authentication": {"scheme": "hmac", "header": "x-sig"}});
    let hmac = create(&sent(&body)).unwrap().authentication.unwrap().scheme;
    let patch = json!({"authentication": {"prefix": "v0="}});
    let draft = change(&sent(&patch), &with_scheme(hmac.clone())).unwrap();
    let SchemeName::Hmac(chosen) = draft.authentication.unwrap().scheme else {
        panic!("the scheme stays");
    };
    let chosen = chosen.settings();
    assert_eq!((chosen.header, chosen.prefix), ("x-sig", "v0="));
    let patch = json!({"authentication": {"scheme": "github"}});
    let draft = change(&sent(&patch), &with_scheme(hmac)).unwrap();
    assert_eq!(draft.authentication.unwrap().scheme, SchemeName::GITHUB);
    let patch = json!({ "authentication": null });
    let draft = change(&sent(&patch), &with_scheme(SchemeName::GITHUB)).unwrap();
    assert!(draft.authentication.is_none());
}

#[test]
fn what_an_authentication_cannot_be_is_refused_with_its_pointer_and_quotes_no_secret() {
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
        let refused = create(&sent(&json!({ "authentication": authentication }))).unwrap_err();
        assert!(!format!("{refused:?}").contains("7777"), "{refused:?}");
        let expected = (code, format!("/authentication{at}"));
        assert_eq!(pointer(refused), expected, "{authentication}");
    }
    let get = json!({"authentication": {"scheme": "github"}, "methods": ["GET", "POST"]});
    let refused = create(&sent(&get)).unwrap_err();
    assert_eq!(pointer(refused), ("INVALID_FIELD", "/methods".to_owned()));
}

#[test]
fn a_new_secret_has_a_day_of_overlap_by_default_and_at_most_7() {
    let rotation = |body: Value| secret_rotation(&sent(&body), &SchemeName::GITHUB);
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
