//! The parameters that samples show.

use super::*;

fn inferred(request: &WebhookRequest) -> (Vec<(String, &'static str, &'static str)>, usize) {
    let inferred = infer_parameters(request).unwrap();
    let shown = |parameter: &Parameter| {
        let field = &parameter.field;
        (
            field.name.clone(),
            field.kind.as_str(),
            field.place.as_str(),
        )
    };
    (
        inferred.parameters.iter().map(shown).collect(),
        inferred.omitted,
    )
}

#[test]
fn a_sample_shows_its_fields_with_their_types_the_outermost_first() {
    let body = r#"{"order": {"id": 1, "a.b": true}, "tags": [{"x": 1}], "note": null, "": 1}"#;
    let json = request(
        "POST",
        JSON,
        &[("page", "1"), ("tags", "1"), ("of", "1"), ("of", "2")],
        body,
    );
    let (parameters, omitted) = inferred(&json);
    let parameters: Vec<_> = parameters
        .iter()
        .map(|(name, kind, place)| (name.as_str(), *kind, *place))
        .collect();
    assert_eq!(
        parameters,
        [
            ("order", "object", "body"),
            ("tags", "array", "body"),
            ("note", "string", "body"),
            ("order.id", "number", "body"),
            (r"order.a\.b", "boolean", "body"),
            ("page", "string", "query"),
            ("of", "array", "query"),
        ]
    );
    assert_eq!(omitted, 1, "a name without a character");
    let text = |name: &str, place| (name.to_owned(), "string", place);
    let form = inferred(&request("POST", FORM, &[], "amount=42&who=x"));
    assert_eq!(form, (vec![text("amount", "body"), text("who", "body")], 0));
    let get = inferred(&request("GET", "", &[("a.b", "1")], ""));
    assert_eq!(get, (vec![text("a.b", "query")], 0));
    let raw = inferred(&request("POST", "text/plain", &[], "hello"));
    assert_eq!(raw, (vec![text("body", "body")], 0));
}

#[test]
fn a_sample_with_more_fields_than_there_is_room_for_says_so() {
    let body = |count: usize| {
        let fields: Vec<String> = (0..count).map(|n| format!(r#""{n}":{n}"#)).collect();
        format!(r#"{{"o":{{"inner":1}},{}}}"#, fields.join(","))
    };
    let (parameters, omitted) = inferred(&request("POST", JSON, &[], &body(MAX_PARAMETERS - 2)));
    assert_eq!((parameters.len(), omitted), (MAX_PARAMETERS, 0));
    let (parameters, omitted) = inferred(&request("POST", JSON, &[], &body(MAX_PARAMETERS - 1)));
    assert_eq!((parameters.len(), omitted), (MAX_PARAMETERS, 1));
    assert!(
        parameters.iter().all(|(name, ..)| name != "o.inner"),
        "the innermost is left out"
    );
    let long: Vec<String> = (0..50).map(|n| format!(r#""{n:0200}":1"#)).collect();
    let long = request("POST", JSON, &[], &format!("{{{}}}", long.join(",")));
    let (parameters, omitted) = inferred(&long);
    assert_eq!(
        (parameters.len(), omitted),
        (MAX_PARAMETERS_BYTES / 200, 50 - MAX_PARAMETERS_BYTES / 200)
    );
}
