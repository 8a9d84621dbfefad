//! What templates can and cannot do.

use serde_json::json;

use super::*;

#[test]
fn the_whole_event_renders_as_exactly_its_json() {
    for profile in [Profile::Native, Profile::Refold, Profile::CopyAi] {
        let template = subscription(profile, Format::Custom("{{event}}".into()));
        let default = subscription(profile, Format::Default);
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
fn in_a_body_given_as_json_a_string_that_is_one_expression_becomes_its_value() {
    let data = json!({"s": "a\"b", "n": 1.5, "o": {"k": ["v"]}, "z": null});
    for (body, expected) in [
        (
            json!({"n": "{{event.data.n}}", "o": "{{ event.data.o }}"}),
            json!({"n": 1.5, "o": {"k": ["v"]}}),
        ),
        (
            json!(["{{event.data.s}}", "{{event.data.z}}"]),
            json!(["a\"b", null]),
        ),
        (
            json!({"t": "n is {{event.data.n}}", "u": "{{event.data.n}}{{event.data.n}}"}),
            json!({"t": "n is 1.5", "u": "1.51.5"}),
        ),
        (
            json!({"in": {"d": "{{event.data.gone|default(\"none\")}}", "k": "{{event.data.n}}\n"}}),
            json!({"in": {"d": "none", "k": "1.5\n"}}),
        ),
        (
            json!({"{{event.data.n}}": true, "e\"": [u64::MAX, "}}", {}]}),
            json!({"1.5": true, "e\"": [u64::MAX, "}}", {}]}),
        ),
    ] {
        let text = filled(&json_template(&body), data.clone());
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
    }
    assert!(check_template(&json_template(&json!({"a": "{{event.id"}))).is_err());
}

#[test]
fn no_data_of_an_event_can_change_the_structure_of_the_body() {
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
fn a_plain_text_template_renders_plain_text() {
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
    let expected = r#"A "B" is in: {"who":"A \"B\"","n":null}"#;
    assert_eq!(String::from_utf8(payload.body).unwrap(), expected);
}

#[test]
fn members_keep_their_order_and_numbers_every_digit() {
    let text = r#"{"z":123456789012345678901234567890,"a":[1e+400,0.5],"m":{"y":-7,"b":18446744073709551615}}"#;
    let event = event(
        EventType::ConnectionCreated,
        serde_json::from_str(text).unwrap(),
    );
    let filled = |template: &str| {
        let payload = render(&custom(template), &event).unwrap();
        String::from_utf8(payload.body).unwrap()
    };
    assert_eq!(filled("{{event.data}}"), text);
    assert_eq!(
        filled("[{{event.data.z}}]"),
        "[123456789012345678901234567890]"
    );
    let in_string = r#"{"n": "{{event.data.z}}"}"#;
    assert_eq!(
        filled(in_string),
        r#"{"n": "123456789012345678901234567890"}"#
    );
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
fn a_template_of_another_profile_can_read_the_data_too() {
    let refold = r#"{"e": {{event.event}}, "n": {{event.data.linkedAccountId}}}"#;
    let refold = subscription(Profile::Refold, Format::Custom(refold.into()));
    let read = rendered(&refold, &of_connection(EventType::ConnectionCreated));
    assert_eq!(read, json!({"e": "Connection Created", "n": "acc_1"}));
}

#[test]
fn a_missing_part_is_an_error() {
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
fn an_invalid_template_is_refused_with_its_line() {
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
fn a_valid_template_is_accepted() {
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
