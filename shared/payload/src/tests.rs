//! Every event in every form and format, and what a template can and cannot do.

use domain::outbound::{DeclaredType, EventType, Form, Method, Subject};
use domain::{
    Environment, EventId, ExecutionId, OrgId, SubscriptionId, Tenant, Timestamp, TriggerId,
    WorkflowId,
};
use serde_json::json;

use super::*;

mod bounds;

fn at() -> Timestamp {
    Timestamp::from_millis(1_781_612_250_231)
}

fn tenant() -> Tenant {
    Tenant {
        org: OrgId::derived(&["o"]),
        environment: Environment::Test,
    }
}

fn subscription(form: Form, format: Format) -> Subscription {
    Subscription {
        id: SubscriptionId::derived(&["s"]),
        tenant: tenant(),
        form,
        url: "https://example.com/".into(),
        events: Vec::new(),
        workflow_ids: Vec::new(),
        slug: None,
        format,
        method: Method::Post,
        headers: Vec::new(),
        disabled: None,
        created_at: at(),
        updated_at: at(),
        revision: 1,
    }
}

fn custom(template: &str) -> Subscription {
    subscription(Form::Native, Format::Custom(template.to_owned()))
}

fn event(event_type: EventType, data: Value) -> Event {
    Event {
        id: EventId::derived(&["e"]),
        tenant: tenant(),
        event_type,
        at: at(),
        subject: Subject::default(),
        hops: 0,
        data,
    }
}

fn of_workflow(event_type: EventType, more: &Value) -> Event {
    let mut data = json!({
        "executionId": ExecutionId::derived(&["x"]),
        "workflowId": WorkflowId::derived(&["w"]),
        "workflowName": "Orders & <returns>",
        "workflowSlug": "orders",
        "workflowVersion": 3,
        "triggerId": TriggerId::derived(&["t"]),
        "deliveryId": "evt-1",
        "startedAt": at(),
    });
    json_merge(&mut data, more);
    event(event_type, data)
}

fn json_merge(data: &mut Value, more: &Value) {
    let fields = data.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
}

fn of_connection(event_type: EventType) -> Event {
    let data = json!({"linkedAccountId": "acc_1", "scopes": ["read"]});
    Event {
        subject: Subject {
            slug: Some("crm".into()),
            ..Subject::default()
        },
        ..event(event_type, data)
    }
}

/// One event of each type.
fn events() -> Vec<Event> {
    let ended = json!({"status": "succeeded", "finishedAt": at(), "output": {"total": 3.5}});
    let broke = json!({"status": "failed", "finishedAt": at(), "error": {
        "type": "https://serverlessworkflow.io/spec/1.0.0/errors/communication",
        "title": "No answer", "status": 502, "detail": "<!channel> & more", "instance": "/do/0/call"
    }});
    vec![
        of_workflow(EventType::WorkflowStarted, &json!({"status": "running"})),
        of_workflow(EventType::WorkflowCompleted, &ended),
        of_workflow(EventType::WorkflowFailed, &broke),
        of_connection(EventType::ConnectionCreated),
        of_connection(EventType::ConnectionDeleted),
        of_connection(EventType::ConnectionExpired),
        event(EventType::CreditsExhausted, json!({"monthlyCredits": 1000})),
        event(
            EventType::WebhookTest,
            json!({"subscriptionId": SubscriptionId::derived(&["s"]), "message": "It works."}),
        ),
        event(
            EventType::SubscriptionDisabled,
            json!({
                "subscriptionId": SubscriptionId::derived(&["gone"]),
                "url": "https://example.com/a?b&c", "reason": "gone", "disabledAt": at(),
            }),
        ),
        event(
            EventType::Declared(DeclaredType::parse("invoice.paid").unwrap()),
            json!({"amount": 12, "note": "```<https://evil.example|click>"}),
        ),
    ]
}

fn rendered(subscription: &Subscription, event: &Event) -> Value {
    let payload = render(subscription, event).unwrap();
    assert_eq!(payload.content_type, "application/json");
    serde_json::from_slice(&payload.body).unwrap()
}

fn filled(template: &str, data: Value) -> String {
    let event = event(EventType::ConnectionCreated, data);
    let payload = render(&custom(template), &event).unwrap();
    String::from_utf8(payload.body).unwrap()
}

fn refusal(template: &str, data: Value) -> RenderError {
    render(
        &custom(template),
        &event(EventType::ConnectionCreated, data),
    )
    .unwrap_err()
}

fn everything(form: Form, format: &Format) -> Value {
    let subscription = subscription(form, format.clone());
    let named = events().into_iter().filter(|event| {
        event.event_type == EventType::WebhookTest || event.event_type.name(form).is_some()
    });
    named
        .map(|event| {
            (
                event.event_type.to_string(),
                rendered(&subscription, &event),
            )
        })
        .collect::<serde_json::Map<_, _>>()
        .into()
}

#[test]
fn every_event_has_its_native_payload() {
    insta::assert_json_snapshot!(everything(Form::Native, &Format::Default));
}

#[test]
fn every_event_of_refold_has_its_payload() {
    insta::assert_json_snapshot!(everything(Form::Refold, &Format::Default));
}

#[test]
fn every_event_of_copyai_has_its_payload() {
    insta::assert_json_snapshot!(everything(Form::CopyAi, &Format::Default));
}

#[test]
fn every_event_has_its_message_for_slack() {
    let of_native = everything(Form::Native, &Format::Slack);
    let of_refold = everything(Form::Refold, &Format::Slack);
    let of_failure = |messages: &Value| messages["workflow.failed"].clone();
    assert_eq!(of_failure(&of_refold), of_failure(&of_native));
    insta::assert_json_snapshot!(of_native);
}

#[test]
fn slack_gets_no_text_that_it_would_refuse_or_cut() {
    let long = "<&>".repeat(2_000);
    let long = of_workflow(
        EventType::WorkflowFailed,
        &json!({"workflowName": long, "error": {"detail": long}, "executionId": long}),
    );
    let declared = EventType::Declared(DeclaredType::parse("a.b").unwrap());
    let code = event(declared, json!({"x": "<".repeat(5_000)}));
    let test = event(
        EventType::WebhookTest,
        json!({"message": "&".repeat(5_000)}),
    );
    for event in [long, code, test] {
        let message = rendered(&subscription(Form::Native, Format::Slack), &event);
        assert!(message["text"].as_str().unwrap().chars().count() <= 3_000);
        for block in message["blocks"].as_array().unwrap() {
            let limit = if block["type"] == "header" {
                150
            } else {
                3_000
            };
            let text = block["text"]["text"].as_str().unwrap_or_default();
            assert!(text.chars().count() <= limit, "{text}");
            for field in block["fields"].as_array().into_iter().flatten() {
                assert!(field["text"].as_str().unwrap().chars().count() <= 2_000);
            }
            // Every ampersand begins an entity that is whole.
            for entity in text.split('&').skip(1) {
                let whole = ["amp;", "lt;", "gt;"].iter().any(|e| entity.starts_with(e));
                assert!(whole, "{entity}");
            }
        }
    }
}

#[test]
fn the_whole_event_renders_as_exactly_its_json() {
    for form in [Form::Native, Form::Refold, Form::CopyAi] {
        let template = subscription(form, Format::Custom("{{event}}".into()));
        let default = subscription(form, Format::Default);
        for event in events() {
            assert_eq!(
                render(&template, &event).unwrap(),
                render(&default, &event).unwrap()
            );
        }
    }
    let odd = json!({"a": [1, -2, 1.0, 1e300, u64::MAX, i64::MIN, true, null, "é\u{2028}<\"\\/>"], "": {}});
    let text = filled("{{ event.data }}", odd.clone());
    assert_eq!(text, odd.to_string());
}

#[test]
fn a_part_is_json_outside_of_strings_and_text_within_them() {
    let data = json!({"s": "a\"b\\\n", "n": 1, "o": {"k": "v"}, "z": null, "l": ["x", "y"]});
    for (template, expected) in [
        (r#"{"a": {{event.data.s}}}"#, json!({"a": "a\"b\\\n"})),
        (r#"{"a": "<{{event.data.s}}>"}"#, json!({"a": "<a\"b\\\n>"})),
        (r#"{"a": "{{event.data.o}}"}"#, json!({"a": r#"{"k":"v"}"#})),
        (
            r#"{"a": {{event.data.o}}, "b": {{event.data.n}}}"#,
            json!({"a": {"k": "v"}, "b": 1}),
        ),
        (
            r#"{"a": {{event.data.z}}, "b": "{{event.data.n}}"}"#,
            json!({"a": null, "b": "1"}),
        ),
        (r#"{"{{event.data.s}}": 1}"#, json!({"a\"b\\\n": 1})),
        (
            r#"{"a": {{event.data.o|tojson}}}"#,
            json!({"a": {"k": "v"}}),
        ),
        (
            r#"{"a": "{{event.data.o|tojson}}"}"#,
            json!({"a": r#"{"k":"v"}"#}),
        ),
        (r#"{"a\"": {{event.data.n}}}"#, json!({"a\"": 1})),
        (
            r#"[{% for x in event.data.l %}{{x}}{% if not loop.last %},{% endif %}{% endfor %}]"#,
            json!(["x", "y"]),
        ),
        (
            r#"{"a": {{event.data.gone|default("d")}}}"#,
            json!({"a": "d"}),
        ),
        (
            r#"{"a": {{event.data.l|join(", ")}}}"#,
            json!({"a": "x, y"}),
        ),
        ("{{event.data.s}}", json!("a\"b\\\n")),
        (
            "{% if event.data.n == 1 %}{\"a\": 1}{% endif %}",
            json!({"a": 1}),
        ),
    ] {
        let text = filled(template, data.clone());
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read, expected, "{template}");
    }
}

#[test]
fn nothing_in_an_event_can_change_the_document_around_it() {
    let template = r#"{"role": "user", "name": "{{event.data.name}}", "id": {{event.data.name|upper}}, "raw": {{event.data.name|tojson|trim}}}"#;
    for name in [
        r#"x", "role": "admin"#,
        r#"\", "role": "admin"#,
        r#"1, "role": "admin""#,
        "\\",
        "{{event}}",
        "\u{0}\n",
    ] {
        let text = filled(template, json!({"name": name}));
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["role"], "user", "{text}");
        assert_eq!(read["name"], name);
        assert_eq!(read["raw"], name);
        assert_eq!(read.as_object().unwrap().len(), 4);
    }
}

#[test]
fn a_text_stays_one() {
    let event = event(
        EventType::ConnectionCreated,
        json!({"who": "A \"B\"", "n": null}),
    );
    let payload = render(
        &custom("{{event.data.who}} is in{{event.data.n}}: {{event.data}}"),
        &event,
    );
    let payload = payload.unwrap();
    assert_eq!(payload.content_type, "text/plain; charset=utf-8");
    let expected = r#"A "B" is in: {"n":null,"who":"A \"B\""}"#;
    assert_eq!(String::from_utf8(payload.body).unwrap(), expected);
}

#[test]
fn the_subscriptions_own_content_type_decides() {
    let mut chosen = custom("[{{event.data.who}}]");
    let event = event(EventType::ConnectionCreated, json!({"who": "A"}));
    let body = |chosen: &Subscription| render(chosen, &event).unwrap().body;
    assert_eq!(body(&chosen), br#"["A"]"#);
    chosen.headers = vec![("Content-Type".into(), "text/plain".into())];
    assert_eq!(body(&chosen), b"[A]");
    for json in [
        "application/json; charset=utf-8",
        "Application/Cloudevents+JSON",
    ] {
        chosen.headers = vec![("content-type".into(), json.into())];
        assert_eq!(body(&chosen), br#"["A"]"#);
    }
}

#[test]
fn a_template_of_another_form_reaches_the_data_as_well() {
    let refold = r#"{"e": {{event.event}}, "n": {{event.data.linkedAccountId}}}"#;
    let refold = subscription(Form::Refold, Format::Custom(refold.into()));
    let read = rendered(&refold, &of_connection(EventType::ConnectionCreated));
    assert_eq!(read, json!({"e": "Connection Created", "n": "acc_1"}));
}

#[test]
fn what_is_missing_is_told_and_not_left_out() {
    let refused = refusal("{\n\"a\": {{event.data.gone}}}", json!({}));
    assert!(
        matches!(refused, RenderError::Fill { line: Some(2), .. }),
        "{refused}"
    );
    let refused = refusal("{{event.data.gone.further}}", json!({}));
    assert!(matches!(refused, RenderError::Fill { .. }));
    let refused = refusal(r#"{"a": {{event.data.s}} x}"#, json!({"s": "y"}));
    assert!(matches!(refused, RenderError::NotJson(_)));
}

#[test]
fn a_template_that_cannot_be_used_is_refused_with_its_line() {
    for (template, line) in [
        ("", 1),
        (" \n\t", 1),
        ("{# nothing #}", 1),
        ("{% if event %} {% endif %}", 1),
        ("{% for x in event %}{% else %}\n{% endfor %}", 1),
        ("a\n{{ event", 2),
        ("{% if event %}", 1),
        ("\n\n{{ event.data | base64 }}", 3),
        ("{{ event is divisibleby(2) }}", 1),
        ("{% set x = 1 %}", 1),
        ("{% set x %}{% endset %}", 1),
        ("{% with x = 1 %}{% endwith %}", 1),
        ("{% filter upper %}{% endfilter %}", 1),
        ("{% autoescape false %}{% endautoescape %}", 1),
        ("{% include 'x' %}", 1),
        ("{% macro x() %}{% endmacro %}", 1),
        ("{{ range(10) }}", 1),
        ("{{ event.items() }}", 1),
        ("\n{{ 'x' * 10000000000 }}", 2),
        ("{{ event ~ event }}", 1),
        ("{{ event + event }}", 1),
        ("{{ 2 ** 100 }}", 1),
        ("{{ event.data[1:2] }}", 1),
        ("{% if event == event %}{% endif %}", 1),
        ("{% if event.data.a < ['a'] %}{% endif %}", 1),
        ("{% if 1 < 2 < 3 %}{% endif %}", 1),
        ("{% if event.type in event %}{% endif %}", 1),
        ("{% if event in 'abc' %}{% endif %}", 1),
        (&format!("{{{{ 1 in [{}] }}}}", "1,".repeat(51)), 1),
        ("{{ [event, event] }}", 1),
        ("{{ {'a': event} }}", 1),
        ("{% for x in event recursive %}x{% endfor %}", 1),
        (&"x".repeat(MAX_TEMPLATE_BYTES + 1), 1),
        (
            &format!("{}{}", "{% if 1 %}".repeat(40), "{% endif %}".repeat(40)),
            1,
        ),
        (&format!("{{{{ event{} }}}}", "|upper".repeat(5_000)), 1),
        (
            &format!("{{{{ {}1{} }}}}", "(".repeat(5_000), ")".repeat(5_000)),
            1,
        ),
    ] {
        let refused = check_template(template).expect_err(template);
        assert_eq!(refused.line, line, "{template}: {refused}");
    }
}

#[test]
fn a_template_that_can_be_used_is_taken() {
    for template in [
        "no tags",
        "{{event}}",
        "{{ event['data'][0] }} {{ -1 - 2 }} {{ event.data.n > -1 }}",
        "{% if event.data.x is defined and event.type in ['a', 'b'] %}{{ 'a' if 1 else 'b' }}{% endif %}",
        "{% if event.data.a is eq(event.data.b) or 'x' is in event.data.l or 2 not in [1] %}x{% endif %}",
        "{# a comment #}{% raw %}{{ as it is }}{% endraw %}",
        "{% for name, value in event.data %}{{ loop.index }}{% else %}none{% endfor %}",
    ] {
        check_template(template).expect(template);
    }
}
