//! Templates that would take long or produce much, and what filters and comparisons do within their bounds.

use serde_json::json;

use super::*;

#[test]
fn no_template_takes_more_steps_or_renders_more_bytes_than_allowed() {
    let data = json!({"s": "a".repeat(100_000), "l": vec!["ab"; 20_000]});
    let each = |body: &str| format!("{{% for x in event.data.l %}}{body}{{% endfor %}}.");
    let refused = refusal(&each(&each("")), data.clone());
    assert!(matches!(refused, RenderError::TooLong), "{refused}");
    let refused = refusal(&each("{{ event.data.s }}"), data);
    assert!(matches!(refused, RenderError::TooLarge), "{refused}");
}

/// As many rounds as the steps suffice for, and one more.
#[test]
fn a_template_renders_to_its_last_step_and_not_beyond() {
    let template = custom("{% for x in event.data.l %}x{% endfor %}.");
    let rounds = |count: usize| {
        let event = event(EventType::ConnectionCreated, json!({"l": vec![0; count]}));
        render(&template, &event)
    };
    let (mut fits, mut exceeds) = (1, 20_000);
    while exceeds - fits > 1 {
        let middle = usize::midpoint(fits, exceeds);
        match rounds(middle) {
            Ok(_) => fits = middle,
            Err(_) => exceeds = middle,
        }
    }
    let rendered = rounds(fits).unwrap();
    assert_eq!(rendered.body.len(), fits + 1);
    let refused = rounds(exceeds).unwrap_err();
    assert!(matches!(refused, RenderError::TooLong), "{refused}");
    // Each round takes a few of the 20,000 steps.
    assert!((2_000..20_000).contains(&fits), "{fits}");
}

/// None of these runs out of fuel: each takes few steps that process much text.
#[test]
fn no_template_processes_more_text_than_its_budget() {
    let long = "a".repeat(90_000);
    let data =
        json!({"s": long, "p": "%".repeat(10_000), "l": vec!["ab"; 200], "m": vec![0; 10_000]});
    let chain = |start: &str, filter: &str| format!("{{{{ {start}{} }}}}", filter.repeat(25));
    let each = |body: &str| format!("{{% for x in event.data.l %}}{body}{{% endfor %}}.");
    let asked = |what: &str| each(&format!("{{% if {what} %}}{{% endif %}}"));
    for template in [
        chain("'\"'", "|tojson"),
        chain("event.data.p", "|urlencode"),
        chain("event.data.s", "|title"),
        "{{ event.data.s|replace('a', event.data.s) }}".to_owned(),
        "{{ event.data.l|join(event.data.s) }}".to_owned(),
        asked("event.data.s|upper == 'b'"),
        asked("event.data.s|title == 'b'"),
        asked("event.data.s|urlencode == 'b'"),
        asked("event.data.s|trim(event.data.s)"),
        asked("event.data.s|replace('a', 'b') == 'b'"),
        asked("event.data.s|length == 1"),
        asked("event.data|tojson|length == 1"),
        asked("event.data.m|join == 'b'"),
        asked("event.data.m|first == 1"),
        asked("event.data is eq event"),
        asked("event.data.m is lt event.data.l"),
        asked("'b' is in event.data.s"),
        asked("'b' is in event.data.m"),
    ] {
        let refused = refusal(&template, data.clone());
        assert!(
            matches!(refused, RenderError::TooLong),
            "{template}: {refused}"
        );
    }
    // The same number of steps with little text.
    let few = json!({"s": "a", "l": vec!["ab"; 200]});
    let template = each("{% if event.data.s|upper|lower|trim == 'b' %}{% endif %}");
    assert_eq!(filled(&template, few), ".");
}

#[test]
fn five_parts_of_each_of_500_items_fit_into_the_budget() {
    let thing = json!({"a": "one two", "b": ["x", "y"], "c": 1.25, "d": "  z  ", "e": null});
    let template = concat!(
        r#"[{% for x in event.data.l %}{"a": {{x.a|title}}, "b": {{x.b|join(", ")}}, "c": {{x.c|round}}, "#,
        r#""d": {{x.d|trim}}, "e": {{x.gone|default("-")}}}{% if not loop.last %},{% endif %}{% endfor %}]"#,
    );
    let text = filled(template, json!({"l": vec![thing; 500]}));
    let read: Vec<Value> = serde_json::from_str(&text).unwrap();
    let expected = json!({"a": "One Two", "b": "x, y", "c": 1.0, "d": "z", "e": "-"});
    assert_eq!(read, vec![expected; 500]);
}

#[test]
fn our_filters_give_the_results_of_the_librarys() {
    let data = json!({"s": "--éa b.c_d ÉÀ ßx--", "l": ["b"]});
    for (template, expected) in [
        ("{{event.data.s|title}}", "--Éa B.C_D Éà SSx--"),
        ("{{event.data.s|trim('-x')}}", "éa b.c_d ÉÀ ß"),
        ("{{' a '|trim}}", "a"),
        ("{{event.data.s|truncate(3)}}", "--é…"),
        (
            "{{event.data.s|replace('b', '')|replace('', 'x')}}",
            "--éa .c_d ÉÀ ßx--",
        ),
    ] {
        assert_eq!(
            filled(template, data.clone()),
            json!(expected).to_string(),
            "{template}"
        );
    }
}

#[test]
fn tests_compare_two_parts_of_an_event() {
    let data = json!({"a": {"x": [1]}, "b": {"x": [1]}, "l": ["p", "q"], "n": 2});
    for (condition, is_met) in [
        ("event.data.a is eq(event.data.b)", true),
        ("event.data.a is ne event.data.b", false),
        ("'q' is in event.data.l", true),
        ("'r' is in event.data.l", false),
        ("event.data.n is gt(event.data.n)", false),
        ("event.data.n in [1, 2]", true),
        ("event.data.n not in [-1]", true),
    ] {
        let template = format!("{{{{ 1 if {condition} else 0 }}}}");
        let expected = if is_met { "1" } else { "0" };
        assert_eq!(filled(&template, data.clone()), expected, "{condition}");
    }
}

/// What Slack would show of an event: the sentence, and the text of its last section.
fn shown(event: &Event) -> (String, String) {
    let message = rendered(&subscription(Profile::Native, Format::Slack), event);
    let sections = message["blocks"].as_array().unwrap();
    let section = &sections[sections.len() - 2];
    let field = section["fields"]
        .as_array()
        .and_then(|fields| fields.last());
    let text = &field.unwrap_or(section)["text"];
    let text = text["text"].as_str().or(text.as_str()).unwrap();
    let sentence = message["text"].as_str().unwrap().to_owned();
    (sentence, text.to_owned())
}

/// Together with the mark of what is left out, it is no longer than the limit.
fn cut(chars: usize) -> String {
    format!("{}…", "x".repeat(chars - 1))
}

#[test]
fn a_message_to_slack_shows_a_text_that_is_shorter_than_its_limit_whole_and_cuts_others() {
    let x = |chars: usize| "x".repeat(chars);
    let named = |chars: usize| {
        shown(&of_workflow(
            EventType::WorkflowCompleted,
            &json!({"workflowName": x(chars)}),
        ))
        .0
    };
    assert_eq!(named(199), format!("*{}* completed.", x(199)));
    for longer in [200, 201, 5_000] {
        assert_eq!(named(longer), format!("*{}* completed.", cut(200)));
    }
    let failed = |chars: usize| {
        let error = json!({"error": {"detail": x(chars)}});
        shown(&of_workflow(EventType::WorkflowFailed, &error)).1
    };
    assert_eq!(failed(1_899), format!("*Error*\n{}", x(1_899)));
    for longer in [1_900, 1_901, 5_000] {
        assert_eq!(failed(longer), format!("*Error*\n{}", cut(1_900)));
    }
    let test = |chars: usize| shown(&event(EventType::WebhookTest, json!({"message": x(chars)}))).0;
    assert_eq!(test(2_999), x(2_999));
    for longer in [3_000, 3_001, 5_000] {
        assert_eq!(test(longer), cut(3_000));
    }
}
