//! Access tokens of OAuth2 and OpenID Connect, with every grant that needs no browser.

use super::components::{authenticated, header};
use super::{Outcome, RequestedCall, json_answer, run_with};
use crate::CallResult;
use serde_json::{Value, json};

const OAUTH2: &str = "oauth2: { authority: 'http://127.0.0.1:1/realm/', grant: client_credentials, \
    client: { id: me, secret: 's&s' }, scopes: [ a, b ] }";

#[test]
fn a_token_is_requested_with_client_credentials_before_the_call() {
    let answer = |call: &RequestedCall| match call.method.as_str() {
        "POST" => json_answer(
            200,
            &json!({"access_token": "fresh", "token_type": "Bearer"}),
        ),
        _ => json_answer(200, &json!("done")),
    };
    let outcome = run_with(&authenticated(OAUTH2), json!({}), answer);
    let [token, call] = outcome.calls.as_slice() else {
        panic!("{:?}", outcome.calls)
    };
    assert_eq!(token.url, "http://127.0.0.1:1/realm/oauth2/token");
    let form = "grant_type=client_credentials&client_id=me&client_secret=s%26s&scope=a+b";
    assert_eq!(token.body.as_deref(), Some(form.as_bytes()));
    assert_eq!(token.id, "/do/0/get/1/token");
    assert_eq!(header(call, "authorization"), Some("Bearer fresh"));
    assert_eq!(call.id, "/do/0/get/1");
    assert_eq!(
        outcome
            .steps
            .last()
            .and_then(|step| step.call.as_ref())
            .and_then(|call| call.status),
        Some(200)
    );
}

#[test]
fn a_refused_token_is_an_authentication_error_that_does_not_quote_the_body() {
    let answer = |_: &RequestedCall| json_answer(403, &json!({"leak": "canary"}));
    let outcome = run_with(&authenticated(OAUTH2), json!({}), answer);
    assert!(outcome.fault().r#type.ends_with("/authentication"));
    assert_eq!(outcome.fault().status, 401);
    assert!(!format!("{:?}", outcome.fault()).contains("canary"));
}

/// Responses of an authority and of the server that it protects.
fn authority(call: &RequestedCall) -> CallResult {
    let answer = match call.url.rsplit('/').next() {
        Some("openid-configuration") => json!({"token_endpoint": "http://127.0.0.1:1/given"}),
        Some("x") => json!("done"),
        _ => json!({"access_token": "fresh"}),
    };
    json_answer(200, &answer)
}

fn with_settings(scheme: &str, settings: &str) -> Outcome {
    let settings = format!("{scheme}: {{ authority: 'http://127.0.0.1:1/realm', {settings} }}");
    run_with(
        &authenticated(&settings),
        json!({"jwt": "e30.e30.x"}),
        authority,
    )
}

fn form(outcome: &Outcome) -> String {
    let token = outcome.calls.iter().find(|call| call.method == "POST");
    let body = token.and_then(|call| call.body.clone()).unwrap_or_default();
    String::from_utf8(body).expect("text")
}

#[test]
fn every_grant_and_every_client_authentication_has_its_own_parameters() {
    for (settings, expected) in [
        (
            "grant: password, username: u, password: p w, client: { id: me, secret: s }",
            "grant_type=password&username=u&password=p+w&client_id=me&client_secret=s",
        ),
        (
            "grant: client_credentials, client: { id: me, authentication: none }, audiences: [ x ]",
            "grant_type=client_credentials&client_id=me&audience=x",
        ),
        (
            "grant: client_credentials, client: { assertion: '${ .jwt }', authentication: private_key_jwt }",
            "grant_type=client_credentials&client_assertion_type=\
             urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=e30.e30.x",
        ),
        (
            "grant: 'urn:ietf:params:oauth:grant-type:token-exchange', subject: { token: t, type: k }",
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&subject_token=t&subject_token_type=k",
        ),
    ] {
        let outcome = with_settings("oauth2", settings);
        assert_eq!(form(&outcome), expected);
        assert_eq!(outcome.calls.len(), 2);
        assert_eq!(
            header(&outcome.calls[1], "authorization"),
            Some("Bearer fresh")
        );
    }
    let settings = "grant: client_credentials, client: { id: me, secret: s, authentication: client_secret_basic }";
    let basic = with_settings("oauth2", settings);
    assert_eq!(
        header(&basic.calls[0], "authorization"),
        Some("Basic bWU6cw==")
    );
}

#[test]
fn a_token_request_can_be_json() {
    let settings = "grant: client_credentials, client: { id: me, secret: s }, request: { encoding: application/json }";
    let outcome = with_settings("oauth2", settings);
    let body: Value = serde_json::from_str(&form(&outcome)).expect("JSON");
    let expected =
        json!({"grant_type": "client_credentials", "client_id": "me", "client_secret": "s"});
    assert_eq!(body, expected);
}

#[test]
fn openid_connect_discovers_the_token_endpoint_first() {
    let outcome = with_settings(
        "oidc",
        "grant: client_credentials, client: { id: me, secret: s }",
    );
    let asked: Vec<_> = outcome
        .calls
        .iter()
        .map(|call| (call.id.as_str(), call.url.as_str()))
        .collect();
    let realm = "http://127.0.0.1:1/realm/.well-known/openid-configuration";
    let expected = [
        ("/do/0/get/1/discovery", realm),
        ("/do/0/get/1/token", "http://127.0.0.1:1/given"),
        ("/do/0/get/1", "http://127.0.0.1:1/x"),
    ];
    assert_eq!(asked, expected);
}

#[test]
fn an_operation_of_an_openapi_description_can_need_a_token() {
    let description = json!({"openapi": "3.0.0", "paths": {"/x": {"get": {"operationId": "op"}}}});
    let tasks = "
do:
  - op:
      call: openapi
      with:
        document: { endpoint: 'http://127.0.0.1:1/doc.json' }
        operationId: op
        authentication:
          oauth2: { authority: 'http://127.0.0.1:1', grant: client_credentials, client: { id: me, secret: s } }
";
    let outcome = run_with(tasks, json!({}), |call| {
        match call.url.ends_with("doc.json") {
            true => json_answer(200, &description),
            false => authority(call),
        }
    });
    assert_eq!(outcome.output(), &json!("done"));
    let ids: Vec<_> = outcome.calls.iter().map(|call| call.id.as_str()).collect();
    assert_eq!(
        ids,
        ["/do/0/op/1/document", "/do/0/op/1/token", "/do/0/op/1"]
    );
}
