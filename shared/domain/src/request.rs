//! A webhook request as it is stored with its execution: the bytes and headers that came in, without credentials.

use std::net::IpAddr;

use serde_json::Value;

use crate::signature::{SchemeKind, SchemeName};
use crate::{InvalidSenderDeliveryId, SenderDeliveryId, Timestamp, TraceId};

/// The header, in lower case, that counts how many Sluice workflows called one another before a request.
pub const HOPS_HEADER: &str = "sluice-hops";

/// Replaces a header value that must not be stored.
const REDACTED: &str = "[redacted]";

/// Query parameters that carry a credential, compared without case.
const SECRET_PARAMETERS: [&str; 3] = ["token", "appkey", "sign"];

/// Headers that carry a credential of the caller.
const SECRET_HEADERS: [&str; 11] = [
    "authorization",
    "cookie",
    "hap-appkey",
    "hap-sign",
    "proxy-authorization",
    "set-cookie",
    "x-amz-security-token",
    "x-api-key",
    "x-copy-ai-api-key",
    "x-gitlab-token",
    "x-auth-token",
];

/// The method of a request that no client sent: another workflow ran this one.
const RUN: &str = "RUN";

/// One request to a webhook URL. Header names are lower case; order is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookRequest {
    /// In upper case.
    pub method: String,
    /// Decoded, in the order of the URL.
    pub query: Vec<(String, String)>,
    /// In the order in which they came in.
    pub headers: Vec<(String, String)>,
    /// The bytes as they came in.
    pub body: Vec<u8>,
    /// The caller's address, where the gateway knows it.
    pub source_ip: Option<IpAddr>,
    /// When it came in.
    pub received_at: Timestamp,
    /// The scheme that verified its signature; `None` where the trigger asks for none.
    pub verified_by: Option<SchemeKind>,
}

impl WebhookRequest {
    /// The request of an execution that another workflow runs: its body is the input, as JSON.
    pub fn of_run(
        input: &Value,
        hops: u8,
        traceparent: Option<&str>,
        received_at: Timestamp,
    ) -> Self {
        let header = |name: &str, value: String| (name.to_owned(), value);
        let mut headers = vec![
            header("content-type", "application/json".to_owned()),
            header(HOPS_HEADER, hops.to_string()),
        ];
        headers.extend(traceparent.map(|value| header("traceparent", value.to_owned())));
        Self {
            method: RUN.to_owned(),
            query: Vec::new(),
            headers,
            body: input.to_string().into_bytes(),
            source_ip: None,
            received_at,
            verified_by: None,
        }
    }

    /// Whether no client sent it, and it holds the input that another workflow gave.
    pub fn is_run(&self) -> bool {
        self.method == RUN
    }

    /// The same request without credentials, as it may be stored.
    #[must_use]
    pub fn without_credentials(mut self) -> Self {
        self.query
            .retain(|(name, _)| !is_one_of(name, &SECRET_PARAMETERS));
        for (name, value) in &mut self.headers {
            if is_one_of(name, &SECRET_HEADERS) {
                REDACTED.clone_into(value);
            }
        }
        self
    }

    /// The first value of a header, by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header == name)
            .map(|(_, value)| value.as_str())
    }

    /// The media type without its parameters, in lower case (RFC 9110 section 8.3.1). Of a repeated header the first
    /// value counts, and quotes do not.
    pub(crate) fn media_type(&self) -> Option<String> {
        let value = self.header("content-type")?;
        let essence = value.split([';', ',']).next().unwrap_or(value);
        Some(essence.trim().trim_matches('"').to_ascii_lowercase())
    }

    /// The delivery id, where the sender gave one. In a signed request the scheme's own place comes first: what is signed
    /// there cannot be changed to make one delivery look like another.
    pub fn delivery_id(
        &self,
        scheme: Option<&SchemeName>,
    ) -> Result<Option<SenderDeliveryId>, InvalidSenderDeliveryId> {
        let of_scheme = scheme
            .and_then(|scheme| scheme.scheme().id)
            .and_then(|location| location.first(self));
        let given = of_scheme.or_else(|| {
            let mut places = SenderDeliveryId::LOCATIONS.iter();
            places.find_map(|location| location.first(self))
        });
        given.map(|id| SenderDeliveryId::parse(&id)).transpose()
    }

    /// The sender's `traceparent`, to be passed on; `None` where it is malformed.
    pub fn traceparent(&self) -> Option<&str> {
        let value = self.header("traceparent")?.trim();
        TraceId::of_traceparent(value).map(|_| value)
    }

    /// The trace id of the sender's `traceparent`.
    pub fn trace_id(&self) -> Option<TraceId> {
        TraceId::of_traceparent(self.header("traceparent")?.trim())
    }

    /// How many Sluice workflows called one another before this request; 0 where a workflow did not send it.
    pub fn hops(&self) -> u8 {
        hops(self.header(HOPS_HEADER))
    }

    /// The same request with at least so many hops. A replay that a workflow asks for has the hops of that workflow, so that
    /// replaying cannot avoid the limit; a request that has as many already is not changed.
    #[must_use]
    pub fn after_hops(mut self, hops: u8) -> Self {
        if self.hops() < hops {
            self.headers.retain(|(name, _)| name != HOPS_HEADER);
            self.headers
                .push((HOPS_HEADER.to_owned(), hops.to_string()));
        }
        self
    }
}

/// The number in the value of [`HOPS_HEADER`]; 0 where there is none, or it is no number.
pub fn hops(value: Option<&str>) -> u8 {
    value
        .and_then(|value| value.trim().parse().ok())
        .unwrap_or(0)
}

fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.iter().any(|known| name.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
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
            let unsigned = sent.delivery_id(None).unwrap().unwrap();
            let signed = sent.delivery_id(Some(&SchemeName::GITHUB)).unwrap();
            assert_eq!(signed, Some(unsigned.clone()));
            unsigned.to_string()
        };
        assert_eq!(of_hook("1001"), "72d3162e/1001");
        assert_eq!(of_hook("2002"), "72d3162e/2002");
        let svix = request(&[("svix-id", "msg_1")], &[]);
        assert_eq!(svix.delivery_id(None).unwrap().unwrap().as_str(), "msg_1");
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
        assert_eq!(all.delivery_id(None).unwrap().unwrap().as_str(), "a");
        let signed = all.delivery_id(Some(&SchemeName::STANDARD_WEBHOOKS));
        assert_eq!(signed.unwrap().unwrap().as_str(), "c");
        let signed = all.delivery_id(Some(&SchemeName::GITHUB));
        assert_eq!(signed.unwrap().unwrap().as_str(), "b");
        let standard = request(&[("webhook-id", "c")], &[]);
        assert_eq!(standard.delivery_id(None).unwrap().unwrap().as_str(), "c");
        assert_eq!(request(&[], &[]).delivery_id(None).unwrap(), None);
        assert!(
            request(&[("webhook-id", "")], &[])
                .delivery_id(None)
                .is_err()
        );
    }
}
