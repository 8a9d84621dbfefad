//! Templates of answers, and how responses are stored.

use serde_json::json;

use super::*;

fn template(json: Value) -> AnswerTemplate {
    serde_json::from_value(json).unwrap()
}

fn expression_of_status(text: &str) -> Value {
    json!({"status": {"expression": text}})
}

#[test]
fn the_parts_that_are_expressions_are_filled_in_their_order() {
    let template = template(json!({
        "status": {"expression": "${ .code }"},
        "content_type": "application/xml",
        "headers": {"x-a": "${ .a }", "x-b": "plain"},
        "body": " ${ .xml } ",
    }));
    let parts = [("status", ".code"), ("headers/x-a", ".a"), ("body", ".xml")];
    let parts = parts.map(|(part, text)| (part.to_owned(), text));
    assert_eq!(template.expressions(), parts);
    let answer = template
        .fill(vec![json!(201), json!(7), json!("<a/>")])
        .unwrap();
    assert_eq!((answer.status(), answer.body()), (201, "<a/>"));
    assert_eq!(answer.content_type(), "application/xml");
    let headers: Vec<_> = answer.headers().collect();
    assert_eq!(headers, [("x-a", "7"), ("x-b", "plain")]);
}

#[test]
fn by_default_the_output_is_answered_as_json_and_a_text_as_text() {
    let default = AnswerTemplate::default();
    assert_eq!(default.expressions(), [("body".to_owned(), ".")]);
    let json = default.fill(vec![json!({"b": 1, "a": 2})]).unwrap();
    assert_eq!(json.body(), r#"{"b":1,"a":2}"#);
    assert_eq!(json.content_type(), "application/json");
    let text = default.fill(vec![json!("hello")]).unwrap();
    assert_eq!(
        (text.body(), text.content_type()),
        ("hello", "text/plain; charset=utf-8")
    );
}

#[test]
fn with_a_content_type_of_xml_an_output_that_is_no_text_is_written_as_xml() {
    for kind in [
        "application/xml",
        "Text/XML; charset=utf-8",
        "application/atom+xml",
    ] {
        let template = template(json!({ "content_type": kind }));
        let answer = template.fill(vec![json!({"a": [1, 2]})]).unwrap();
        let expected = "<response><a>1</a><a>2</a></response>";
        assert!(answer.body().ends_with(expected), "{}", answer.body());
        assert_eq!(answer.content_type(), kind);
        let answer = template.fill(vec![json!("<own/>")]).unwrap();
        assert_eq!(answer.body(), "<own/>");
    }
}

#[test]
fn an_expression_whose_result_cannot_be_sent_is_refused_by_its_part() {
    let status = template(expression_of_status("${ .s }"));
    for wrong in [
        json!("ok"),
        json!(302),
        json!(70_000),
        json!(200.5),
        json!(null),
    ] {
        let error = status.fill(vec![wrong.clone(), json!("")]).unwrap_err();
        assert_eq!(error.part, "status", "{wrong}");
    }
    let header = template(json!({"headers": {"x-a": "${ .a }"}}));
    let error = header.fill(vec![json!("a\nb"), json!("")]).unwrap_err();
    assert_eq!(error.part, "headers/x-a");
}

#[test]
fn what_is_no_expression_is_checked_before_an_execution() {
    for good in [
        json!({}),
        json!({"content_type": "${ .t }", "headers": {"x-a": "${ .a }"}}),
        expression_of_status("${ .s }"),
    ] {
        assert_eq!(template(good.clone()).check(), Ok(()), "{good}");
    }
    for (wrong, part) in [
        (json!({"status": {"literal": 302}}), "status"),
        (expression_of_status("200"), "status"),
        (json!({"content_type": "text"}), "contentType"),
        (
            json!({"headers": {"set-cookie": "${ .a }"}}),
            "headers/set-cookie",
        ),
    ] {
        assert_eq!(template(wrong).check().unwrap_err().part, part);
    }
}

#[test]
fn a_failure_answers_as_the_trigger_says_or_with_its_title() {
    let title = "x".repeat(MAX_TITLE_CHARS + 1);
    let default = ExecutionAnswer::failed(None, &title);
    let shortened = "x".repeat(MAX_TITLE_CHARS);
    assert_eq!(default, ExecutionAnswer::Failed { title: shortened });
    let own = template(json!({"failure": {"status": 503, "body": "later"}}));
    let ExecutionAnswer::Chosen(answer) = ExecutionAnswer::failed(Some(&own), &title) else {
        panic!("the trigger has an answer of its own");
    };
    assert_eq!((answer.status(), answer.body()), (503, "later"));
}

#[test]
fn settings_read_back_as_they_were_written() {
    let fixed = Answer::new(AnswerParts::default()).unwrap();
    let when_done = AnswerTemplate {
        status: Some(StatusTemplate::Literal(201)),
        failure: Some(fixed.clone()),
        ..AnswerTemplate::default()
    };
    for response in [
        TriggerResponse::Immediately,
        TriggerResponse::Fixed(fixed),
        TriggerResponse::WhenDone(when_done),
    ] {
        let stored = serde_json::to_string(&response).unwrap();
        assert_eq!(
            serde_json::from_str::<TriggerResponse>(&stored).unwrap(),
            response
        );
    }
    let damaged = r#"{"fixed":{"status":999,"content_type":"text/plain"}}"#;
    assert!(serde_json::from_str::<TriggerResponse>(damaged).is_err());
}
