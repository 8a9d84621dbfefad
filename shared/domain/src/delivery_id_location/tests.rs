//! Places of delivery ids, and what is found there.

use serde_json::json;

use super::*;
use crate::Timestamp;

fn sent(body: &Value) -> WebhookRequest {
    WebhookRequest {
        method: "POST".to_owned(),
        query: Vec::new(),
        headers: vec![("x-request-id".to_owned(), "r1".to_owned())],
        body: body.to_string().into_bytes(),
        source_ip: None,
        received_at: Timestamp::from_millis(0),
        verified_by: None,
        parameters: Vec::new(),
    }
}

#[test]
fn an_id_is_found_in_a_header_or_by_a_path() {
    let body = json!({"data": {"items": [{"event-id": "e1", "n": 12345678901234567890_u64}]}});
    let find = |location: DeliveryIdLocation| location.find(&sent(&body));
    let header = DeliveryIdLocation::header("X-Request-ID").unwrap();
    assert_eq!(find(header), Some("r1".to_owned()));
    for (path, expected) in [
        ("$.data.items[0]['event-id']", Some("e1")),
        ("$[\"data\"]['items'][0].n", Some("12345678901234567890")),
        ("$.data.items[1].n", None),
        ("$.data.items", None),
        ("$.missing", None),
    ] {
        let found = find(DeliveryIdLocation::path(path).unwrap());
        assert_eq!(found.as_deref(), expected, "{path}");
    }
    let text = DeliveryIdLocation::path("$.a").unwrap();
    let mut request = sent(&body);
    request.body = b"a=1".to_vec();
    assert_eq!(text.find(&request), None);
}

#[test]
fn what_is_no_place_is_refused() {
    for path in [
        "",
        "$",
        "a.b",
        "$..a",
        "$.a.",
        "$.*",
        "$[*]",
        "$[-1]",
        "$[0",
        "$['a",
        "$['a'",
        "$.1",
        "$[?@.a]",
        "$['a\\'b']",
    ] {
        let refused = DeliveryIdLocation::path(path);
        assert_eq!(refused, Err(InvalidDeliveryIdLocation::Path), "{path}");
    }
    for name in [
        "",
        "a b",
        "a:b",
        "Authorization",
        "Cookie",
        "x-api-key",
        "hap-sign",
    ] {
        let refused = DeliveryIdLocation::header(name);
        assert_eq!(refused, Err(InvalidDeliveryIdLocation::Header), "{name}");
    }
}

#[test]
fn a_place_at_its_limit_passes_and_one_past_it_does_not() {
    let path = |bytes: usize| format!("$.{}", "a".repeat(bytes - 2));
    assert!(DeliveryIdLocation::path(&path(MAX_DELIVERY_ID_PATH_BYTES)).is_ok());
    assert!(DeliveryIdLocation::path(&path(MAX_DELIVERY_ID_PATH_BYTES + 1)).is_err());
    assert!(DeliveryIdLocation::header(&"a".repeat(MAX_HEADER_CHARS)).is_ok());
    assert!(DeliveryIdLocation::header(&"a".repeat(MAX_HEADER_CHARS + 1)).is_err());
}

#[test]
fn a_place_reads_back_as_it_was_written() {
    for location in [
        DeliveryIdLocation::header("x-id").unwrap(),
        DeliveryIdLocation::path("$.a[0]").unwrap(),
    ] {
        let stored = serde_json::to_string(&location).unwrap();
        assert_eq!(
            serde_json::from_str::<DeliveryIdLocation>(&stored).unwrap(),
            location
        );
    }
    assert!(serde_json::from_str::<DeliveryIdLocation>(r#"{"path":"$"}"#).is_err());
}
