//! Makes signatures.

use std::borrow::Cow;

use super::encode::encode;
use super::message::Message;
use super::scheme::Location;
use super::scheme_name::SchemeName;
use crate::Timestamp;

/// What is signed.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// The delivery id.
    pub id: &'a str,
    /// The time of the signature.
    pub at: Timestamp,
    /// The raw body.
    pub body: &'a [u8],
}

/// The bytes that are signed, by the schemes that [`sign`] is for.
pub fn signed_content(scheme: &SchemeName, signed: &Signed<'_>) -> Vec<u8> {
    let timestamp = timestamp(signed);
    message(signed, &timestamp).content(&scheme.scheme())
}

/// In seconds.
fn timestamp(signed: &Signed<'_>) -> String {
    (signed.at.as_millis() / 1000).to_string()
}

fn message<'a>(signed: &'a Signed<'_>, timestamp: &'a str) -> Message<'a> {
    Message {
        id: signed.id,
        timestamp,
        method: "POST",
        url: "",
        headers: &[],
        body: signed.body,
        form_fields: "",
    }
}

/// The headers that carry the signature: one signature for each key, where the scheme can carry several; else that of
/// the first. It is for schemes that sign nothing but id, time and body; a value that the scheme puts in the query or
/// the body is the caller's to put there.
pub fn sign(scheme: &SchemeName, keys: &[Vec<u8>], signed: &Signed<'_>) -> Vec<(String, String)> {
    let scheme = scheme.scheme();
    let timestamp = timestamp(signed);
    let message = message(signed, &timestamp);
    let signatures = keys.iter().map(|key| {
        let mac = message.mac(&scheme, key);
        format!("{}{}", scheme.prefix, encode(scheme.encoding, &mac))
    });
    let signatures: Vec<String> = match (scheme.separator, scheme.signature) {
        (Some(separator), _) => vec![signatures.collect::<Vec<_>>().join(&separator.to_string())],
        (None, Location::HeaderKey { .. }) => signatures.collect(),
        (None, _) => signatures.take(1).collect(),
    };
    let id = scheme
        .id
        .map(|location| (location, Cow::Borrowed(signed.id)));
    let time = scheme
        .timestamp
        .map(|time| (time.location, Cow::Borrowed(timestamp.as_str())));
    let mut headers = Vec::new();
    for (location, value) in id.into_iter().chain(time) {
        write(&mut headers, location, &value);
    }
    for signature in &signatures {
        write(&mut headers, scheme.signature, signature);
    }
    headers
}

/// Puts a value into the header where a scheme looks for it.
fn write(headers: &mut Vec<(String, String)>, location: Location<'_>, value: &str) {
    match location {
        Location::Header(name) | Location::JoinedHeaders { first: name, .. } => {
            headers.push((name.to_owned(), value.to_owned()))
        }
        Location::FirstHeader(names) => {
            let name = names.iter().take(1);
            headers.extend(name.map(|name| ((*name).to_owned(), value.to_owned())));
        }
        Location::HeaderKey { header, key } => {
            match headers.iter_mut().find(|(name, _)| name == header) {
                Some((_, pairs)) => *pairs = format!("{pairs},{key}={value}"),
                None => headers.push((header.to_owned(), format!("{key}={value}"))),
            }
        }
        Location::Query(_) | Location::Json(_) => {}
    }
}
