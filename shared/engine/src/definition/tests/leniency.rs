//! What public documents contain: forms that the specification allows, and mistakes whose fix the refusal names.

use super::{accepted, refused};

#[test]
fn tasks_of_one_list_may_have_the_same_name_unless_a_task_jumps_to_it() {
    let pauses = "{ pause: { wait: PT1S } }, { x: { set: { x: 1 } } }, { pause: { wait: PT1S } }";
    accepted(&format!("do: [ {pauses} ]"));
    refused(
        &format!("do: [ {pauses}, {{ again: {{ set: {{ y: 1 }}, then: pause }} }} ]"),
        "/do/3/again/then",
        "several tasks `pause`",
    );
    let branches = "{ a: { wait: PT1S } }, { a: { wait: PT1S } }";
    accepted(&format!(
        "do: [ {{ f: {{ fork: {{ branches: [ {branches} ] }} }} }} ]"
    ));
}

#[test]
fn durations_may_be_fractional_and_of_the_calendar() {
    for duration in ["P0.5D", "P1M", "P1Y", "P1.5Y2M", "PT0.5S", "P2W", "${ .n }"] {
        accepted(&format!("do: [ {{ a: {{ wait: \"{duration}\" }} }} ]"));
    }
    let delay = "retry: { delay: { milliseconds: 250 }, limit: { duration: P0.5M } }";
    accepted(&format!(
        "do: [ {{ a: {{ try: [ {{ b: {{ set: {{ x: 1 }} }} }} ], catch: {{ {delay} }} }} }} ]"
    ));
}

#[test]
fn every_part_of_a_uri_may_be_a_variable() {
    let call = |uri: &str| {
        format!("do: [ {{ a: {{ call: http, with: {{ method: get, endpoint: '{uri}' }} }} }} ]")
    };
    for uri in [
        "http://127.0.0.1:{port}/echo",
        "http://{host}:{port}",
        "http://{host}:80{port}/x",
        "{scheme}://{host}/{path}?q={q}",
        "https://{user}:{password}@example.com/",
        "https://{tenant}.example.com/a:{b}",
    ] {
        accepted(&call(uri));
    }
    let at = "/do/0/a/with/endpoint";
    refused(&call("http://example.com:x{port}/"), at, "port");
    refused(&call("{base}/x"), at, "not a URI");
    refused(&call("ftp://{host}/"), at, "http");
}

#[test]
fn a_workflow_to_run_may_return_its_output_or_nothing() {
    let run = |rest: &str| {
        format!(
            "do: [ {{ a: {{ run: {{ workflow: {{ namespace: n, name: w, version: '1.0.0' }}{rest} }} }} }} ]"
        )
    };
    for rest in [
        "",
        ", return: none",
        ", return: stdout",
        ", await: false, return: none",
    ] {
        accepted(&run(rest));
    }
    refused(
        &run(", return: code"),
        "/do/0/a/run/return",
        "must be `none`",
    );
}

#[test]
fn a_document_and_a_workflow_to_run_have_the_names_of_the_dsl() {
    let names = |namespace: &str, name: &str, version: &str| {
        format!(
            "do: [ {{ a: {{ run: {{ workflow: {{ namespace: '{namespace}', name: '{name}', version: '{version}' }} }} }} }} ]"
        )
    };
    accepted(&names("shop", "order-2", "latest"));
    accepted(&names("${ .n }", "${ .w }", "${ .v }"));
    let at = "/do/0/a/run/workflow";
    refused(
        &names("shop", "order#evil", "1.0.0"),
        &format!("{at}/name"),
        "letters, digits and hyphens",
    );
    refused(
        &names("a/b", "order", "1.0.0"),
        &format!("{at}/namespace"),
        "letters, digits and hyphens",
    );
    refused(
        &names("shop", "order", "1"),
        &format!("{at}/version"),
        "semantic version",
    );
}

#[test]
fn the_error_path_of_a_try_may_have_a_directive_of_its_own() {
    let catch = |then: &str| {
        format!(
            "do: [ {{ a: {{ try: [ {{ b: {{ set: {{ x: 1 }} }} }} ], catch: {{ then: {then} }} }} }}, {{ c: {{ set: {{ x: 2 }} }} }} ]"
        )
    };
    for then in ["continue", "exit", "end", "c"] {
        accepted(&catch(then));
    }
    refused(&catch("b"), "/do/0/a/catch/then", "no task `b`");
    refused(
        "do: [ { f: { fork: { branches: [ { a: { try: [ { x: { set: { x: 1 } } } ], catch: { then: b } } }, { b: { set: { x: 1 } } } ] } } } ]",
        "/do/0/f/fork/branches/0/a/then",
        "another branch",
    );
}

#[test]
fn an_expression_inside_a_text_is_refused_with_its_fix() {
    for (task, at) in [
        ("set: { a: 'Hello ${ .n }!' }", "/do/0/a/set/a"),
        ("set: 'Hello ${ .n }!'", "/do/0/a/set"),
        (
            "call: http, with: { method: get, endpoint: 'http://x/', body: { b: ['Hello ${ .n }!'] } }",
            "/do/0/a/with/body/b/0",
        ),
        (
            "call: http, with: { method: get, endpoint: 'http://x/', headers: { h: 'Hello ${ .n }!' } }",
            "/do/0/a/with/headers/h",
        ),
        (
            "raise: { error: { type: 'https://x', status: 400, detail: 'Hello ${ .n }!' } }",
            "/do/0/a/raise/error/detail",
        ),
        (
            "emit: { event: { with: { type: t, data: 'Hello ${ .n }!' } } }",
            "/do/0/a/emit/event/with/data",
        ),
    ] {
        refused(
            &format!("do: [ {{ a: {{ {task} }} }} ]"),
            at,
            r#"${ "Hello \(.n)!" }"#,
        );
    }
}

#[test]
fn a_shared_retry_policy_does_not_depend_on_the_name_of_the_error() {
    let retries = "use: { retries: { only5xx: { when: '${ $error.status >= 500 }' } } }";
    let list = "[ { b: { set: { x: 1 } } } ]";
    accepted(&format!(
        "{retries}\ndo: [ {{ a: {{ try: {list}, catch: {{ as: problem, retry: only5xx }} }} }} ]"
    ));
    refused(
        &format!(
            "do: [ {{ a: {{ try: {list}, catch: {{ as: problem, retry: {{ when: $error.status }} }} }} }} ]"
        ),
        "/do/0/a/catch/retry/when",
        "$error",
    );
}
