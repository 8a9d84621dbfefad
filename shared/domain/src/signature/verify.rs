//! Checking signatures, over the bytes as they came and in constant time.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use subtle::ConstantTimeEq as _;

use super::scheme::{Encoding, Scheme, SchemeName};
use super::sign::mac_of;
use crate::{Timestamp, WebhookRequest};

/// So many signatures of one request are compared at the most.
const MAX_SIGNATURES: usize = 16;

/// Why a request is not what it claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the request has no signature where the scheme puts it")]
    Missing,
    #[error("the signature's time is too far from now")]
    Stale,
    #[error("the signature is not one of the body with this secret")]
    Mismatch,
}

/// What a request presents as proof. It is read first, so that a request that has none, or a stale one, is refused before
/// anybody opens a secret.
#[derive(Debug)]
pub struct Claim<'a> {
    scheme: Scheme,
    id: &'a str,
    timestamp: &'a str,
    presented: Vec<Vec<u8>>,
    body: &'a [u8],
}

/// Reads the proof where the scheme puts it.
pub fn claim<'a>(
    scheme: &SchemeName,
    request: &'a WebhookRequest,
    now: Timestamp,
) -> Result<Claim<'a>, Refusal> {
    let scheme = scheme.scheme();
    let header = request.header(&scheme.signature_header);
    let header = header.ok_or(Refusal::Missing)?;
    let id = scheme.id_header.filter(|_| is_signed(&scheme));
    let id = id.map_or(Some(""), |name| request.header(name));
    let id = id.ok_or(Refusal::Missing)?;
    let timestamp = timestamp(&scheme, request, now)?;
    let presented = signatures(&scheme, header);
    if presented.is_empty() {
        return Err(Refusal::Missing);
    }
    Ok(Claim {
        scheme,
        id,
        timestamp,
        presented,
        body: &request.body,
    })
}

impl Claim<'_> {
    /// Checks it with each of the keys that count now: one that fits is enough.
    pub fn verify(&self, keys: &[impl AsRef<[u8]>]) -> Result<(), Refusal> {
        // Every key is compared with every signature, fitting or not, so that timing says nothing of which fitted.
        let mut fits = subtle::Choice::from(0);
        for key in keys {
            let key = key.as_ref();
            let expected = mac_of(&self.scheme, key, self.id, self.timestamp, self.body);
            for signature in &self.presented {
                fits |= expected.as_slice().ct_eq(signature);
            }
        }
        if fits.into() {
            Ok(())
        } else {
            Err(Refusal::Mismatch)
        }
    }
}

/// Reads a request's proof and checks it.
pub fn verify(
    scheme: &SchemeName,
    keys: &[impl AsRef<[u8]>],
    request: &WebhookRequest,
    now: Timestamp,
) -> Result<(), Refusal> {
    claim(scheme, request, now)?.verify(keys)
}

fn is_signed(scheme: &Scheme) -> bool {
    scheme.signed.contains(&super::scheme::Part::Id)
}

/// As it is written in the request, because that is what was signed.
fn timestamp<'a>(
    scheme: &Scheme,
    request: &'a WebhookRequest,
    now: Timestamp,
) -> Result<&'a str, Refusal> {
    let Some(time) = scheme.timestamp else {
        return Ok("");
    };
    let text = request.header(time.header).ok_or(Refusal::Missing)?;
    let seconds: i64 = text.parse().map_err(|_| Refusal::Missing)?;
    let away_secs = (now.as_millis() / 1000).abs_diff(seconds);
    if away_secs > time.tolerance_secs.unsigned_abs() {
        return Err(Refusal::Stale);
    }
    Ok(text)
}

fn signatures(scheme: &Scheme, header: &str) -> Vec<Vec<u8>> {
    let one = |text: &str| decode(scheme.encoding, text.trim().strip_prefix(&scheme.prefix)?);
    match scheme.separator {
        Some(separator) => header
            .split(separator)
            .take(MAX_SIGNATURES)
            .filter_map(one)
            .collect(),
        None => one(header).into_iter().collect(),
    }
}

fn decode(encoding: Encoding, text: &str) -> Option<Vec<u8>> {
    match encoding {
        Encoding::Base64 => STANDARD.decode(text).ok(),
        Encoding::Hex => {
            if !text.len().is_multiple_of(2) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return None;
            }
            (0..text.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
                .collect()
        }
    }
}
