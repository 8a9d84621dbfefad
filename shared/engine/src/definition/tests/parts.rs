//! Tasks that contain lists, and reusable components.

use super::refused;

#[test]
fn for_is_checked() {
    refused(
        "do: [ { a: { for: { each: 'a b', in: .x }, do: [ { b: { set: {} } } ] } } ]",
        "/do/0/a/for/each",
        "letters",
    );
    refused(
        "do: [ { a: { for: { in: .x } } } ]",
        "/do/0/a",
        "`do` is missing",
    );
    refused(
        "do: [ { a: { for: { in: .x }, do: [ { b: { set: '${ $nope }' } } ] } } ]",
        "/do/0/a/do/0/b/set",
        "no `$nope`",
    );
    refused(
        "do: [ { a: { set: '${ $item }' } } ]",
        "/do/0/a/set",
        "no `$item`",
    );
}

#[test]
fn try_and_fork_are_checked() {
    refused(
        "do: [ { a: { try: [ { b: { set: {} } } ] } } ]",
        "/do/0/a",
        "`catch` is missing",
    );
    refused(
        "do: [ { a: { try: [ { b: { set: {} } } ], catch: { when: '$oops' } } } ]",
        "/do/0/a/catch/when",
        "no `$oops`",
    );
    refused(
        "do: [ { a: { try: [ { b: { set: {} } } ], catch: { retry: { backoff: { sudden: {} } } } } } ]",
        "/do/0/a/catch/retry/backoff",
        "must be",
    );
    refused(
        "do: [ { a: { fork: { branches: [ { b: { set: {}, then: c } }, { c: { set: {} } } ] } } } ]",
        "/do/0/a/fork/branches/0/b/then",
        "branch",
    );
    refused(
        "do: [ { a: { fork: { compete: true } } } ]",
        "/do/0/a/fork",
        "`branches` is missing",
    );
}

#[test]
fn components_are_checked() {
    let task = "do: [ { a: { set: {} } } ]";
    refused(
        &format!("use: {{ errors: {{ e: {{ status: 1 }} }} }}\n{task}"),
        "/use/errors/e",
        "`type`",
    );
    refused(
        &format!("use: {{ functions: {{ f: {{ set: '${{ env }}' }} }} }}\n{task}"),
        "/use/functions/f/set",
        "environment",
    );
    refused(
        &format!("use: {{ timeouts: {{ t: {{ after: soon }} }} }}\n{task}"),
        "/use/timeouts/t/after",
        "duration",
    );
    refused(
        &format!("use: {{ secrets: [ s, 1 ] }}\n{task}"),
        "/use/secrets/1",
        "a name",
    );
    refused(
        "do: [ { a: { set: { b: '${ $secrets.s }' } } } ]",
        "/do/0/a/set/b",
        "no `$secrets`",
    );
    refused(
        &format!("use: {{ magic: {{}} }}\n{task}"),
        "/use/magic",
        "unknown",
    );
}

#[test]
fn references_to_components_are_checked() {
    refused(
        "do: [ { a: { call: nope } } ]",
        "/do/0/a/call",
        "no function `nope`",
    );
    refused(
        "do: [ { a: { call: grpc, with: {} } } ]",
        "/do/0/a/call",
        "not supported",
    );
    refused(
        "do: [ { a: { set: {}, timeout: nope } } ]",
        "/do/0/a/timeout",
        "no `nope` in /use/timeouts",
    );
    let endpoint = "endpoint: { uri: 'http://x/', authentication: { use: nope } }";
    refused(
        &format!("do: [ {{ a: {{ call: http, with: {{ method: get, {endpoint} }} }} }} ]"),
        "/do/0/a/with/endpoint/authentication",
        "no `nope`",
    );
}

#[test]
fn functions_cannot_recurse_or_multiply_without_end() {
    refused(
        "use: { functions: { f: { do: [ { x: { call: g } } ] }, g: { do: [ { y: { call: f } } ] } } }\ndo: [ { a: { call: f } } ]",
        "/use/functions/g/do/0/y/call",
        "calls itself",
    );
    let calls = |level: usize| {
        let each: Vec<_> = (0..10)
            .map(|at| format!("{{ c{at}: {{ call: f{level} }} }}"))
            .collect();
        format!("do: [ {} ]", each.join(", "))
    };
    let functions: Vec<_> = (0..12)
        .map(|level| format!("f{}: {{ {} }}", level + 1, calls(level)))
        .collect();
    let text = format!(
        "use: {{ functions: {{ f0: {{ set: {{}} }}, {} }} }}\n{}",
        functions.join(", "),
        calls(12)
    );
    refused(&text, "", "tasks");
}

#[test]
fn events_child_workflows_and_built_in_functions_are_checked() {
    let task = |body: &str| format!("do: [ {{ a: {{ {body} }} }} ]");
    for (body, pointer, part) in [
        ("emit: {}", "/do/0/a/emit", "`event`"),
        (
            "emit: { event: { with: { source: s } } }",
            "/do/0/a/emit/event/with",
            "`type`",
        ),
        ("run: {}", "/do/0/a/run", "`workflow`"),
        (
            "run: { workflow: { name: w } }",
            "/do/0/a/run/workflow",
            "`namespace`",
        ),
        (
            "run: { workflow: { namespace: n, name: w }, await: 1 }",
            "/do/0/a/run/await",
            "true or false",
        ),
        ("call: aws.sqs", "/do/0/a", "`with`"),
        (
            "call: aws.sqs, with: { queueUrl: q }",
            "/do/0/a/with",
            "`body`",
        ),
        (
            "call: records.get, with: { table: t, key: k, color: red }",
            "/do/0/a/with",
            "`color`",
        ),
        ("call: records.get, with: 7", "/do/0/a/with", "an object"),
        ("call: aws.s3, with: {}", "/do/0/a/call", "no function"),
    ] {
        refused(&task(body), pointer, part);
    }
}

#[test]
fn authentications_are_checked() {
    for (authentication, at, part) in [
        ("basic: { username: u }", "/basic", "`password`"),
        (
            "basic: { username: u, password: p, color: red }",
            "/basic/color",
            "unknown",
        ),
        (
            "basic: { use: nope }",
            "/basic/use",
            "no `nope` in /use/secrets",
        ),
        ("certificate: {}", "/certificate", "not supported"),
        (
            "oauth2: { grant: client_credentials }",
            "/oauth2",
            "`authority`",
        ),
        (
            "oauth2: { authority: a, grant: authorization_code }",
            "/oauth2/grant",
            "one of",
        ),
        (
            "oidc: { authority: a, grant: password, client: { id: i } }",
            "/oidc/client",
            "`secret`",
        ),
        (
            "oidc: { authority: a, grant: password, client: { authentication: private_key_jwt } }",
            "/oidc/client",
            "`assertion`",
        ),
    ] {
        let pointer = format!("/do/0/a/with/endpoint/authentication{at}");
        let endpoint =
            format!("endpoint: {{ uri: 'http://x/', authentication: {{ {authentication} }} }}");
        let call =
            format!("do: [ {{ a: {{ call: http, with: {{ method: get, {endpoint} }} }} }} ]");
        refused(&call, &pointer, part);
    }
}

#[test]
fn extensions_are_checked_where_they_are_defined() {
    let with = |extension: &str| {
        format!("use: {{ extensions: {extension} }}\ndo: [ {{ a: {{ set: {{}} }} }} ]")
    };
    for (extension, at, part) in [
        ("{}", "", "a list"),
        ("[ { e: {} } ]", "/0/e", "`extend`"),
        ("[ { e: { extend: fork } } ]", "/0/e/extend", "one of"),
        (
            "[ { e: { extend: all, around: [] } } ]",
            "/0/e/around",
            "unknown",
        ),
        (
            "[ { e: { extend: all, before: [ { b: { set: 1 } } ] } } ]",
            "/0/e/before/0/b/set",
            "object",
        ),
    ] {
        refused(&with(extension), &format!("/use/extensions{at}"), part);
    }
}
