//! Lists and refusals.

use domain::limits::MAX_PAGE_BYTES;

use super::*;
use crate::page::escaped_bytes;
use crate::resources::subscription::url_refused;
use crate::test_requests::empty;
use crate::{auth, resources};

#[test]
fn a_list_is_an_array() {
    assert_eq!(json!(list(&[example()])), json!([view(&example())]));
    assert_eq!(json!(list(&[])), json!([]));
}

/// A hundred webhooks with a template of so many quotes, which take four bytes each in an answer.
fn with_templates(quotes: usize) -> Vec<Subscription> {
    let webhook = Subscription {
        format: Format::Custom("\"".repeat(quotes)),
        ..example()
    };
    vec![webhook; 100]
}

#[test]
fn a_list_of_the_largest_templates_fits_into_an_answer_of_lambda() {
    let shown = |list: &Value| {
        let list = list.as_array().unwrap();
        list.iter()
            .filter(|webhook| webhook["webhook_body"].is_string())
            .count()
    };
    assert_eq!(shown(&json!(list(&with_templates(9_000)))), 100);
    let largest = json!(list(&with_templates(payload::MAX_TEMPLATE_BYTES)));
    assert_eq!(largest.as_array().unwrap().len(), 100);
    assert!((1..100).contains(&shown(&largest)));
    assert!(escaped_bytes(&largest) < MAX_PAGE_BYTES);
}

#[test]
fn every_problem_has_the_documented_shape() {
    let missing = json!({
        "status_code": 400, "http_error_type": "BAD_REQUEST",
        "error": "RESOURCE_NOT_FOUND", "message": "Webhook not found",
    });
    assert_eq!(refusal(not_found()), (400, missing));
    let unknown = auth::presented(&empty()).unwrap_err();
    let (status, body) = refusal(unknown);
    assert_eq!(
        (status, &body["http_error_type"]),
        (401, &json!("UNAUTHORIZED"))
    );
    let (status, body) = refusal(Problem::unavailable());
    assert_eq!(
        (status, &body["http_error_type"]),
        (503, &json!("SERVICE_UNAVAILABLE"))
    );
    let (status, body) = refusal(url_refused("http is not allowed here"));
    let message = "webhook_url: Events cannot be delivered to this URL: http is not allowed here.";
    assert_eq!((status, &body["message"]), (400, &json!(message)));
    let (status, body) = refusal(resources::subscription::too_many());
    assert_eq!((status, &body["error"]), (409, &json!("LIMIT_REACHED")));
}
