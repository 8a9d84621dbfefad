//! Making signatures.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use sha2::{Sha256, Sha512};

use super::scheme::{Algorithm, Encoding, Part, STANDARD_PREFIX, Scheme, SchemeName};
use crate::Timestamp;

/// What is signed.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    pub id: &'a str,
    pub at: Timestamp,
    pub body: &'a [u8],
}

/// A new secret of Standard Webhooks, of 32 random bytes.
pub fn new_standard_secret(random: [u8; 32]) -> String {
    format!("{STANDARD_PREFIX}{}", STANDARD.encode(random))
}

/// The headers that carry the signature: one signature for each key, where the scheme can carry several; else that of
/// the first.
pub fn sign(scheme: &SchemeName, keys: &[Vec<u8>], signed: &Signed<'_>) -> Vec<(String, String)> {
    let scheme = scheme.scheme();
    let timestamp = (signed.at.as_millis() / 1000).to_string();
    let signatures = keys.iter().map(|key| {
        let mac = mac_of(&scheme, key, signed.id, &timestamp, signed.body);
        format!("{}{}", scheme.prefix, encode(scheme.encoding, &mac))
    });
    let value = match scheme.separator {
        Some(separator) => signatures.collect::<Vec<_>>().join(&separator.to_string()),
        None => signatures.take(1).collect(),
    };
    let id = scheme.id_header.map(|name| (name, signed.id.to_owned()));
    let time = scheme.timestamp.map(|time| (time.header, timestamp));
    let named = id.into_iter().chain(time);
    named
        .map(|(name, value)| (name.to_owned(), value))
        .chain([(scheme.signature_header.clone(), value)])
        .collect()
}

/// The raw signature.
pub(super) fn mac_of(
    scheme: &Scheme,
    key: &[u8],
    id: &str,
    timestamp: &str,
    body: &[u8],
) -> Vec<u8> {
    let parts: Vec<&[u8]> = scheme
        .signed
        .iter()
        .map(|part| match part {
            Part::Id => id.as_bytes(),
            Part::Timestamp => timestamp.as_bytes(),
            Part::Body => body,
            Part::Dot => b".",
        })
        .collect();
    macro_rules! hmac {
        ($hash:ty) => {{
            let mut mac = Hmac::<$hash>::new_from_slice(key).expect("a key may have any length");
            parts.iter().for_each(|part| mac.update(part));
            mac.finalize().into_bytes().to_vec()
        }};
    }
    match scheme.algorithm {
        Algorithm::Sha1 => hmac!(Sha1),
        Algorithm::Sha256 => hmac!(Sha256),
        Algorithm::Sha512 => hmac!(Sha512),
    }
}

pub(super) fn encode(encoding: Encoding, bytes: &[u8]) -> String {
    match encoding {
        Encoding::Hex => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        Encoding::Base64 => STANDARD.encode(bytes),
    }
}
