//! What is stored of a request, and what is read from its headers.

use super::*;

fn request(headers: &[(&str, &str)], query: &[(&str, &str)]) -> WebhookRequest {
    let owned = |pairs: &[(&str, &str)]| {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    };
    WebhookRequest {
        method: "POST".into(),
        query: owned(query),
        headers: owned(headers),
        body: Vec::new(),
        source_ip: None,
        received_at: Timestamp::from_millis(0),
        verified_by: None,
        parameters: Vec::new(),
    }
}

#[test]
fn credentials_are_stripped_and_the_rest_is_kept() {
    let kept = request(
        &[("authorization", "Bearer x"), ("x-github-event", "push")],
        &[("token", "t"), ("AppKey", "k"), ("page", "2")],
    )
    .without_credentials();
    assert_eq!(kept.header("authorization"), Some(REDACTED));
    assert_eq!(kept.header("x-github-event"), Some("push"));
    assert_eq!(kept.query, [("page".to_owned(), "2".to_owned())]);
}

#[test]
fn a_malformed_traceparent_is_not_passed_on() {
    let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let sent = request(&[("traceparent", good)], &[]);
    assert_eq!(sent.traceparent(), Some(good));
    assert_eq!(sent.trace_id(), TraceId::of_traceparent(good));
    let malformed = request(&[("traceparent", "x")], &[]);
    assert_eq!(malformed.traceparent(), None);
}

#[test]
fn a_replayed_request_has_at_least_the_hops_of_the_workflow_that_replays_it() {
    let headers = |hops: u8, at_least: u8| {
        let sent = request(&[("sluice-hops", &hops.to_string()), ("via", "a")], &[]);
        sent.after_hops(at_least).headers
    };
    let owned = |pairs: &[(&str, &str)]| request(pairs, &[]).headers;
    let unchanged = owned(&[("sluice-hops", "3"), ("via", "a")]);
    assert_eq!(headers(3, 0), unchanged);
    assert_eq!(headers(3, 3), unchanged);
    assert_eq!(headers(3, 4), owned(&[("via", "a"), ("sluice-hops", "4")]));
    assert_eq!(request(&[], &[]).after_hops(2).hops(), 2);
    assert_eq!(request(&[], &[]).after_hops(0).headers, []);
}

#[test]
fn the_id_of_a_github_hook_belongs_to_its_delivery_id() {
    let of_hook = |hook| {
        let sent = request(
            &[
                ("x-github-delivery", "72d3162e"),
                ("x-github-hook-id", hook),
            ],
            &[],
        );
        let unsigned = sent.delivery_id(None, None).unwrap().unwrap();
        let signed = sent.delivery_id(None, Some(&SchemeName::GITHUB)).unwrap();
        assert_eq!(signed, Some(unsigned.clone()));
        unsigned.to_string()
    };
    assert_eq!(of_hook("1001"), "72d3162e/1001");
    assert_eq!(of_hook("2002"), "72d3162e/2002");
    let svix = request(&[("svix-id", "msg_1")], &[]);
    assert_eq!(
        svix.delivery_id(None, None).unwrap().unwrap().as_str(),
        "msg_1"
    );
}

#[test]
fn the_headers_for_a_delivery_id_have_an_order() {
    let all = request(
        &[
            ("webhook-id", "c"),
            ("x-github-delivery", "b"),
            ("x-webhook-delivery-id", "a"),
        ],
        &[],
    );
    assert_eq!(all.delivery_id(None, None).unwrap().unwrap().as_str(), "a");
    let signed = all.delivery_id(None, Some(&SchemeName::STANDARD_WEBHOOKS));
    assert_eq!(signed.unwrap().unwrap().as_str(), "c");
    let signed = all.delivery_id(None, Some(&SchemeName::GITHUB));
    assert_eq!(signed.unwrap().unwrap().as_str(), "b");
    let standard = request(&[("webhook-id", "c")], &[]);
    assert_eq!(
        standard.delivery_id(None, None).unwrap().unwrap().as_str(),
        "c"
    );
    assert_eq!(request(&[], &[]).delivery_id(None, None).unwrap(), None);
    assert!(
        request(&[("webhook-id", "")], &[])
            .delivery_id(None, None)
            .is_err()
    );
}

#[test]
fn a_place_that_the_owner_chose_is_the_only_one() {
    let sent = request(&[("webhook-id", "standard"), ("x-id", "chosen")], &[]);
    let chosen = |name| DeliveryIdLocation::header(name).unwrap();
    let found = |name| sent.delivery_id(Some(&chosen(name)), Some(&SchemeName::STANDARD_WEBHOOKS));
    assert_eq!(found("x-id").unwrap().unwrap().as_str(), "chosen");
    assert_eq!(found("x-other").unwrap(), None);
}
