//! The stored form of a webhook request: its facts as JSON, then its bytes, compressed together.

use domain::signature::SchemeKind;
use domain::{Timestamp, WebhookRequest};
use serde::{Deserialize, Serialize};

use crate::StoreError;
use crate::dynamodb::compression::{Dictionary, compress, decompress};
use crate::dynamodb::parameter_field::FieldRecord;
use crate::dynamodb::versioned_json;

#[derive(Serialize, Deserialize)]
struct Facts {
    v: u32,
    method: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    source_ip: Option<std::net::IpAddr>,
    received_at_ms: i64,
    /// The scheme by which its signature was verified. Absent where none was, and in older records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    verified_by: Option<String>,
    /// The parameters that its event is read with. Absent where none makes a difference, and in older records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    parameters: Vec<FieldRecord>,
}

pub(crate) fn pack(request: &WebhookRequest) -> Result<Vec<u8>, StoreError> {
    let facts = Facts {
        v: 1,
        method: request.method.clone(),
        query: request.query.clone(),
        headers: request.headers.clone(),
        source_ip: request.source_ip,
        received_at_ms: request.received_at.as_millis(),
        verified_by: request.verified_by.map(|scheme| scheme.as_str().to_owned()),
        parameters: request.parameters.iter().map(FieldRecord::write).collect(),
    };
    let facts = serde_json::to_vec(&facts)
        .map_err(|error| StoreError::bad("a new request", error.to_string()))?;
    let length = u32::try_from(facts.len()).unwrap_or(u32::MAX);
    let mut packed = length.to_be_bytes().to_vec();
    packed.extend(facts);
    packed.extend(&request.body);
    compress(&packed, Dictionary::Webhooks, "a request")
}

pub(crate) fn unpack(key: &str, packed: &[u8]) -> Result<WebhookRequest, StoreError> {
    let bad = |reason: &str| StoreError::bad(key, format!("request: {reason}"));
    let bytes =
        decompress(packed, Dictionary::Webhooks).map_err(|error| bad(&error.to_string()))?;
    let (length, rest) = bytes
        .split_first_chunk::<4>()
        .ok_or_else(|| bad("is cut off"))?;
    let length = u32::from_be_bytes(*length) as usize;
    let facts = rest.get(..length).ok_or_else(|| bad("is cut off"))?;
    let facts = versioned_json::read(key, "request", facts, |facts: &Facts| facts.v)?;
    let verified_by = facts.verified_by.as_deref().map(|name| {
        SchemeKind::parse(name).ok_or_else(|| bad("the scheme of its signature is unknown"))
    });
    let parameters = facts.parameters.iter().map(|field| {
        let read = field.read();
        read.ok_or_else(|| bad("a parameter of it is unknown"))
    });
    let parameters = parameters.collect::<Result<_, _>>()?;
    Ok(WebhookRequest {
        method: facts.method,
        query: facts.query,
        headers: facts.headers,
        body: rest[length..].to_vec(),
        source_ip: facts.source_ip,
        received_at: Timestamp::from_millis(facts.received_at_ms),
        verified_by: verified_by.transpose()?,
        parameters,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{ParameterField, ParameterPlace, ParameterType};

    #[test]
    fn a_request_is_stored_byte_for_byte() {
        let request = WebhookRequest {
            method: "POST".into(),
            query: vec![("a".into(), "ü".into())],
            headers: vec![("x".into(), "1".into()), ("x".into(), "2".into())],
            body: (0..=255).collect(),
            source_ip: Some("::1".parse().unwrap()),
            received_at: Timestamp::from_millis(5),
            verified_by: None,
            parameters: Vec::new(),
        };
        assert_eq!(unpack("k", &pack(&request).unwrap()).unwrap(), request);
        let verified = WebhookRequest {
            verified_by: SchemeKind::parse("github"),
            ..request
        };
        assert_eq!(unpack("k", &pack(&verified).unwrap()).unwrap(), verified);
        let count = ParameterField::new(ParameterPlace::Query, "n", ParameterType::Number);
        let with_parameters = WebhookRequest {
            parameters: vec![count.unwrap()],
            ..verified
        };
        let packed = pack(&with_parameters).unwrap();
        assert_eq!(unpack("k", &packed).unwrap(), with_parameters);
    }

    #[test]
    fn a_damaged_record_is_an_error() {
        let packed = compress(&[0, 0, 1, 0, 1], Dictionary::Webhooks, "x").unwrap();
        for bad in [&packed[..], b"", b"not zstd"] {
            assert!(unpack("k", bad).is_err());
        }
    }
}
