//! A webhook request as it is stored with its execution: the bytes and headers that came in, without credentials.

use std::net::IpAddr;

use serde_json::Value;

use crate::signature::{SchemeKind, SchemeName};
use crate::{
    DeliveryIdLocation, InvalidSenderDeliveryId, ParameterField, SenderDeliveryId, Timestamp,
    TraceId,
};

/// The header, in lower case, that counts how many Sluice workflows called one another before a request.
pub const HOPS_HEADER: &str = "sluice-hops";

/// Replaces a header value that must not be stored.
const REDACTED: &str = "[redacted]";

/// Query parameters that carry a credential, compared without case.
pub(crate) const SECRET_PARAMETERS: [&str; 3] = ["token", "appkey", "sign"];

/// Headers that carry a credential of the caller.
pub(crate) const SECRET_HEADERS: [&str; 12] = [
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
    "x-refly-api-key",
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
    /// The parameters of the trigger that its event is read with; only those that make a difference.
    pub parameters: Vec<ParameterField>,
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
            parameters: Vec::new(),
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
    /// there cannot be changed to make one delivery look like another. Where the trigger's owner chose a place, it is
    /// looked for nowhere else.
    pub fn delivery_id(
        &self,
        chosen: Option<&DeliveryIdLocation>,
        scheme: Option<&SchemeName>,
    ) -> Result<Option<SenderDeliveryId>, InvalidSenderDeliveryId> {
        if let Some(chosen) = chosen {
            let id = chosen.find(self);
            return id.map(|id| SenderDeliveryId::parse(&id)).transpose();
        }
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

/// Whether a header, by its name in lower case, carries a credential.
pub(crate) fn is_secret_header(name: &str) -> bool {
    is_one_of(name, &SECRET_HEADERS)
}

pub(crate) fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.iter().any(|known| name.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests;
