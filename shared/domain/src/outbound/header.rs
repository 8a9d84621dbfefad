//! The headers that a subscription may add to its deliveries. Headers that frame the message, describe the connection or
//! carry the signature cannot be chosen.

/// Why a header cannot be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHeader {
    /// Sluice or the HTTP client sets it.
    #[error("is set by Sluice; leave it out")]
    Reserved,
    /// The name is no token (RFC 9110 section 5.6.2).
    #[error("is no name of an HTTP header")]
    Name,
    /// The value is too long, or has control characters.
    #[error(
        "has a value with a line break or another control character, or of more than 4,096 bytes"
    )]
    Value,
}

/// Headers that describe one connection or frame the message (RFC 9110, sections 7.2, 7.6.1, 8.6 and 10.1.1), and those that
/// Sluice sets.
const RESERVED: [&str; 16] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "http2-settings",
    "idempotency-key",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "sluice-hops",
    "te",
    "traceparent",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The longest value of a header.
const MAX_VALUE_BYTES: usize = 4_096;

/// Checks the name and value of one header.
pub fn check_header(name: &str, value: &str) -> Result<(), InvalidHeader> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if !(1..=256).contains(&name.len()) || !name.bytes().all(is_token) {
        return Err(InvalidHeader::Name);
    }
    let lower = name.to_ascii_lowercase();
    if RESERVED.contains(&lower.as_str()) || lower.starts_with("webhook-") {
        return Err(InvalidHeader::Reserved);
    }
    let is_control = |byte: u8| (byte < 0x20 && byte != b'\t') || byte == 0x7f;
    if value.len() > MAX_VALUE_BYTES || value.bytes().any(is_control) {
        return Err(InvalidHeader::Value);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_the_connection_and_of_the_signature_are_refused() {
        for (name, value, judged) in [
            ("X-Team", "payments", Ok(())),
            ("Authorization", "Bearer ü", Ok(())),
            ("Content-Type", "application/json", Ok(())),
            ("Host", "example.com", Err(InvalidHeader::Reserved)),
            ("content-length", "1", Err(InvalidHeader::Reserved)),
            ("Webhook-Id", "1", Err(InvalidHeader::Reserved)),
            ("webhook-anything", "1", Err(InvalidHeader::Reserved)),
            ("Transfer-Encoding", "chunked", Err(InvalidHeader::Reserved)),
            ("", "1", Err(InvalidHeader::Name)),
            ("a b", "1", Err(InvalidHeader::Name)),
            ("a:", "1", Err(InvalidHeader::Name)),
            ("x-a", "1\r\nhost: b", Err(InvalidHeader::Value)),
        ] {
            assert_eq!(check_header(name, value), judged, "{name}");
        }
    }
}
