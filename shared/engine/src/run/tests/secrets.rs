//! Secrets: which expressions see them, and that no output shows them.

use super::{Outcome, by_calls, context, drive_on, json_answer, parse};
use crate::{ActionResult, Run, Secrets};
use serde_json::{Value, json};

const CANARY: &str = "canary-7f3a \"quoted\"";

fn secrets() -> Secrets {
    let values = json!({
        "key": CANARY,
        "login": {"username": "canary-user", "password": "canary-pass"},
        "client": {"authority": "http://127.0.0.1:1", "grant": "client_credentials",
            "client": {"id": "me", "secret": "canary-client"}},
    });
    match values {
        Value::Object(values) => Secrets::new(values),
        _ => Secrets::default(),
    }
}

/// Runs a workflow; the response to every call is its request.
fn echoed(tasks: &str) -> Outcome {
    let definition = parse(&format!(
        "use: {{ secrets: [ key, login, client ] }}\n{tasks}"
    ));
    let run = Run::start(context(), json!({}));
    let echo = by_calls(|call| {
        let body = String::from_utf8(call.body.clone().unwrap_or_default()).expect("text");
        json_answer(
            200,
            &json!({"access_token": "fresh-token", "sent": [call.url, call.headers, body]}),
        )
    });
    drive_on(&definition, run, &secrets(), echo, |run| run)
}

fn sent<'d>(outcome: &'d Outcome, header: &str) -> Option<&'d str> {
    let call = outcome.calls.last()?;
    let found = call.headers.iter().find(|(name, _)| name == header);
    found.map(|(_, value)| value.as_str())
}

#[test]
fn a_secret_is_in_the_call_and_in_no_step_or_output() {
    let outcome = echoed(
        "
do:
  - send:
      call: http
      with:
        method: post
        endpoint: '${ \"http://127.0.0.1:1/?k=\\($secrets.key | @uri)\" }'
        headers: { x-key: '${ \"key \\($secrets.login.password)\" }' }
        body: { key: '${ $secrets.key }', coded: '${ \"a:\\($secrets.login.password)\" | @base64 }' }
  - keep: { set: { echo: '${ . }', own: '${ $secrets.login }' } }
",
    );
    assert_eq!(sent(&outcome, "x-key"), Some("key canary-pass"));
    let call = outcome.calls.last().expect("a call");
    let body = String::from_utf8_lossy(call.body.as_deref().unwrap_or_default());
    assert!(body.contains("canary-7f3a"), "{body}");
    let shown = serde_json::to_string(&outcome.steps).expect("JSON");
    for text in [&shown, &outcome.output().to_string()] {
        assert!(text.contains("[secret key]"), "{text}");
        assert!(text.contains("[secret login]"), "{text}");
        assert!(!text.contains("canary"), "{text}");
        assert!(!text.contains("Y2FuYXJ5LXBhc3"), "{text}");
    }
}

#[test]
fn an_error_shows_no_secret() {
    let outcome = echoed(
        "do: [ { no: { raise: { error: { type: 'https://example.com/e', status: 400, title: '${ $secrets.key }', \
         detail: '${ \"not \\($secrets.key)!\" }' } } } } ]",
    );
    assert_eq!(outcome.fault().detail.as_deref(), Some("not [secret key]!"));
    assert_eq!(outcome.fault().title.as_deref(), Some("[secret key]"));
    assert_eq!(outcome.steps[0].error.as_ref(), Some(outcome.fault()));
    let quoted = echoed("do: [ { no: { set: '${ $secrets.key | tonumber }' } } ]");
    assert!(
        !format!("{:?}", quoted.fault()).contains("canary"),
        "{:?}",
        quoted.fault()
    );
}

fn authenticated(authentication: &str) -> Outcome {
    echoed(&format!(
        "do: [ {{ get: {{ call: http, with: {{ method: get, endpoint: {{ uri: 'http://127.0.0.1:1/', \
         authentication: {{ {authentication} }} }} }} }} }} ]"
    ))
}

#[test]
fn the_settings_of_an_authentication_can_be_a_secret() {
    let basic = authenticated("basic: { use: login }");
    assert_eq!(
        sent(&basic, "authorization"),
        Some("Basic Y2FuYXJ5LXVzZXI6Y2FuYXJ5LXBhc3M=")
    );
    assert!(!basic.output().to_string().contains("Y2FuYXJ5LXBhc3"));
    let oauth2 = authenticated("oauth2: { use: client }");
    let form = "grant_type=client_credentials&client_id=me&client_secret=canary-client";
    assert_eq!(oauth2.calls[0].body.as_deref(), Some(form.as_bytes()));
    assert_eq!(sent(&oauth2, "authorization"), Some("Bearer fresh-token"));
}

#[test]
fn a_bearer_token_can_be_the_secret_itself_or_a_part_of_it() {
    let definition = |name: &str| {
        parse(&format!(
            "use: {{ secrets: [ plain, parted ] }}\ndo: [ {{ get: {{ call: http, with: {{ method: get, endpoint: {{ \
             uri: 'http://127.0.0.1:1/', authentication: {{ bearer: {{ use: {name} }} }} }} }} }} }} ]"
        ))
    };
    for name in ["plain", "parted"] {
        let values = json!({"plain": "token-1", "parted": {"token": "token-1"}});
        let secrets = Secrets::new(values.as_object().cloned().unwrap_or_default());
        let run = Run::start(context(), json!({}));
        let answer = by_calls(|_| json_answer(200, &json!(1)));
        let outcome = drive_on(&definition(name), run, &secrets, answer, |run| run);
        assert_eq!(sent(&outcome, "authorization"), Some("Bearer token-1"));
    }
}

#[test]
fn a_missing_secret_faults_the_workflow_before_its_first_task() {
    let definition = parse("use: { secrets: [ key, gone ] }\ndo: [ { a: { set: {} } } ]");
    assert_eq!(definition.secrets(), ["key", "gone"]);
    let run = Run::start(context(), json!({}));
    let outcome = drive_on(
        &definition,
        run,
        &secrets(),
        |action| panic!("{action:?}"),
        |run| run,
    );
    assert!(outcome.fault().r#type.ends_with("/authorization"));
    assert_eq!(outcome.fault().status, 403);
    assert_eq!(
        outcome.fault().detail.as_deref(),
        Some("there is no secret `gone`")
    );
    assert!(outcome.steps.is_empty());
}

#[test]
fn only_declared_secrets_are_seen() {
    let definition = parse(
        "use: { secrets: [ key ] }\ndo: [ { a: { set: { names: '${ $secrets | keys }' } } } ]",
    );
    let run = Run::start(context(), json!({}));
    let outcome = drive_on(
        &definition,
        run,
        &secrets(),
        |action| panic!("{action:?}"),
        |run| run,
    );
    assert_eq!(outcome.output(), &json!({"names": ["key"]}));
}

#[test]
fn events_and_the_input_of_a_child_show_no_secret() {
    let definition = parse(
        "
use: { secrets: [ key ] }
do:
  - tell: { emit: { event: { with: { source: s, type: t, data: '${ $secrets.key }' } } } }
  - sub: { run: { workflow: { namespace: n, name: w, input: { key: '${ $secrets.key }' } } } }
",
    );
    let run = Run::start(context(), json!({}));
    let returned = |_: &_| ActionResult::Returned(json!(1));
    let outcome = drive_on(&definition, run, &secrets(), returned, |run| run);
    assert_eq!(outcome.actions.len(), 2);
    let asked = format!("{:?}", outcome.actions);
    assert!(asked.contains("[secret key]"), "{asked}");
    assert!(!asked.contains("canary"), "{asked}");
}
