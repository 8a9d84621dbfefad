//! Which lists of parameters there can be, and how they are read from requests.

mod inference;
mod list;

use serde_json::json;

use super::*;
use crate::limits::{MAX_DESCRIPTION_CHARS, MAX_PARAMETERS, MAX_PARAMETERS_BYTES};
use crate::{Timestamp, WebhookRequest, event};

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

fn field(place: ParameterPlace, name: &str, kind: ParameterType) -> ParameterField {
    ParameterField::new(place, name, kind).unwrap()
}

fn optional(place: ParameterPlace, name: &str, kind: ParameterType) -> Parameter {
    Parameter {
        field: field(place, name, kind),
        required: false,
        description: None,
    }
}

fn required(place: ParameterPlace, name: &str, kind: ParameterType) -> Parameter {
    Parameter {
        required: true,
        ..optional(place, name, kind)
    }
}

fn request(method: &str, content_type: &str, query: &[(&str, &str)], body: &str) -> WebhookRequest {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    WebhookRequest {
        method: method.into(),
        query: query.iter().map(owned).collect(),
        headers: vec![
            ("content-type".into(), content_type.into()),
            ("x-count".into(), "7".into()),
        ],
        body: body.into(),
        source_ip: None,
        received_at: Timestamp::from_millis(0),
        verified_by: None,
        parameters: Vec::new(),
    }
}

/// The event without what is added, or the names of absent and of mistyped parameters.
fn read(
    mut request: WebhookRequest,
    parameters: Vec<Parameter>,
) -> Result<Value, (Vec<String>, Vec<String>)> {
    let names = |fields: Vec<ParameterField>| fields.into_iter().map(|field| field.name).collect();
    let parameters = Parameters::new(parameters).unwrap();
    match read_parameters(&request, &parameters) {
        Ok(changing) => request.parameters = changing,
        Err(InvalidEvent::Parameters(missing)) => {
            return Err((names(missing.absent), names(missing.mistyped)));
        }
        Err(InvalidEvent::Body(error)) => panic!("{error}"),
    }
    let mut event = event(&request).unwrap();
    let fields = event.as_object_mut().unwrap();
    fields.retain(|name, _| name != "triggeredAt" && name != "source");
    Ok(event)
}

#[test]
fn texts_of_forms_queries_and_headers_become_what_their_parameters_are() {
    use ParameterPlace::{Body, Header, Query};
    use ParameterType::{Array, Boolean, Number, Object, String};
    let form = request(
        "POST",
        FORM,
        &[("page", "2"), ("rest", "1")],
        "amount=42&paid=on&who=&o=%7B%22id%22%3A%221%22%7D&tag=x&tag=y&one=z&n=",
    );
    let parameters = vec![
        required(Body, "o.id", Number),
        required(Body, "amount", Number),
        required(Body, "paid", Boolean),
        required(Body, "who", String),
        required(Body, "o", Object),
        required(Body, "tag", Array),
        required(Body, "one", Array),
        optional(Body, "n", Number),
        required(Query, "page", Number),
        optional(Header, "X-Count", Number),
        optional(Header, "X-Absent", Number),
    ];
    let mut read = read(form, parameters).unwrap();
    read.as_object_mut().unwrap().remove("body");
    assert_eq!(
        read,
        json!({
            "amount": 42, "paid": true, "who": "", "o": {"id": 1}, "tag": ["x", "y"], "one": ["z"],
            "n": null, "page": 2, "X-Count": 7,
        })
    );
}

#[test]
fn the_query_of_a_get_stands_in_for_the_body() {
    use ParameterPlace::{Body, Query};
    let parameters = vec![
        required(Body, "id", ParameterType::Number),
        required(Query, "page", ParameterType::Number),
    ];
    let get = request("GET", "", &[("id", "7"), ("page", "2")], "");
    assert_eq!(read(get, parameters).unwrap(), json!({"id": 7, "page": 2}));
}

#[test]
fn values_of_json_have_their_types_already() {
    let text = || {
        request(
            "POST",
            JSON,
            &[],
            r#"{"id": "42", "order": {"paid": null}}"#,
        )
    };
    let number = |name| optional(ParameterPlace::Body, name, ParameterType::Number);
    let kept = read(text(), vec![number("id")]).unwrap();
    assert_eq!(kept["id"], "42", "what is not required refuses nothing");
    let required = |name| Parameter {
        required: true,
        ..number(name)
    };
    let refused = read(
        text(),
        vec![
            required("id"),
            required("order.paid"),
            required("order.total"),
            required("x.y"),
        ],
    );
    let absent = ["order.paid", "order.total", "x.y"].map(str::to_owned);
    assert_eq!(refused, Err((absent.to_vec(), vec!["id".to_owned()])));
}

#[test]
fn a_declared_query_parameter_comes_from_the_query_and_not_from_the_body() {
    let both = request("POST", JSON, &[("page", "2")], r#"{"page": 1}"#);
    let page = vec![required(
        ParameterPlace::Query,
        "page",
        ParameterType::Number,
    )];
    assert_eq!(read(both, page.clone()).unwrap(), json!({"page": 2}));
    let body_alone = request("POST", JSON, &[], r#"{"page": 1}"#);
    let refused = read(body_alone, page);
    assert_eq!(refused, Err((vec!["page".to_owned()], Vec::new())));
}

#[test]
fn only_what_makes_a_difference_is_kept_with_the_request() {
    use ParameterPlace::{Body, Query};
    let parameters = Parameters::new(vec![
        required(Body, "id", ParameterType::Number),
        optional(Body, "name", ParameterType::String),
        optional(Query, "page", ParameterType::Number),
    ]);
    let parameters = parameters.unwrap();
    let json = request("POST", JSON, &[], r#"{"id": 42, "name": "a"}"#);
    assert_eq!(read_parameters(&json, &parameters).unwrap(), []);
    let form = request("POST", FORM, &[], "id=42&name=a");
    let kept = [field(Body, "id", ParameterType::Number)];
    assert_eq!(read_parameters(&form, &parameters).unwrap(), kept);
}

#[test]
fn settings_stay_with_a_parameter_that_a_new_sample_shows_again() {
    let old = Parameter {
        description: Some("what".into()),
        ..required(ParameterPlace::Body, "id", ParameterType::String)
    };
    let old = Parameters::new(vec![old]).unwrap();
    let new = vec![
        optional(ParameterPlace::Body, "id", ParameterType::Number),
        optional(ParameterPlace::Body, "x", ParameterType::Number),
    ];
    let merged = Parameters::new(new).unwrap().with_settings_of(&old);
    let shown: Vec<_> = merged
        .iter()
        .map(|known| {
            (
                known.field.kind,
                known.required,
                known.description.as_deref(),
            )
        })
        .collect();
    let number = ParameterType::Number;
    assert_eq!(shown, [(number, true, Some("what")), (number, false, None)]);
}

#[test]
fn the_whole_body_is_one_parameter_of_the_type_that_is_wanted() {
    use ParameterType::{Array, Object, String};
    for (content_type, body, kind, expected) in [
        (JSON, r#"{"a": 1.50}"#, String, json!(r#"{"a": 1.50}"#)),
        (JSON, r#"{"a": "x"}"#, Object, json!({"a": "x"})),
        (JSON, "[1]", Array, json!([1])),
        (FORM, "a=1&b=%20", String, json!("a=1&b=%20")),
        ("text/plain", "grün", String, json!("grün")),
    ] {
        let whole = required(ParameterPlace::FullBody, "payload", kind);
        let sent = request("POST", content_type, &[], body);
        let event = read(sent, vec![whole]).unwrap();
        assert_eq!(event["payload"], expected, "{content_type} {body}");
    }
    let whole = || vec![required(ParameterPlace::FullBody, "payload", Object)];
    let absent = (vec!["payload".to_owned()], vec![]);
    let get = request("GET", JSON, &[("payload", "{}")], "{}");
    assert_eq!(read(get, whole()).unwrap_err(), absent);
    let empty = request("POST", JSON, &[], " ");
    assert_eq!(read(empty, whole()).unwrap_err(), absent);
    let text = request("POST", "text/plain", &[], "no JSON");
    let mistyped = (vec![], vec!["payload".to_owned()]);
    assert_eq!(read(text, whole()).unwrap_err(), mistyped);
}

#[test]
fn the_whole_body_stays_a_parameter_when_a_new_sample_is_taken() {
    let whole = optional(ParameterPlace::FullBody, "payload", ParameterType::Object);
    let old = Parameters::new(vec![whole.clone()]).unwrap();
    let id = optional(ParameterPlace::Body, "id", ParameterType::Number);
    let new = Parameters::new(vec![id.clone()]).unwrap();
    let merged: Vec<_> = new.with_settings_of(&old).iter().cloned().collect();
    assert_eq!(merged, [id, whole.clone()]);
    // A field of that name takes its place.
    let taken = optional(ParameterPlace::Body, "payload", ParameterType::Number);
    let new = Parameters::new(vec![taken.clone()]).unwrap();
    let merged: Vec<_> = new.with_settings_of(&old).iter().cloned().collect();
    assert_eq!(merged, [taken]);
}
