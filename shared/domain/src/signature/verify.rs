//! Verifies signatures, over the bytes as they came and in constant time.

use std::borrow::Cow;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::encode::{decode, hex};
use super::message::Message;
use super::scheme::{Part, Scheme};
use super::scheme_name::SchemeName;
use super::secret::accepted_keys;
use crate::{Timestamp, WebhookRequest, form};

/// How many signatures of one request are compared at most.
const MAX_SIGNATURES: usize = 16;

/// Why a request is not verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A value of the scheme is missing or malformed.
    #[error("the request has no signature where the scheme puts it")]
    Missing,
    /// The time of the signature is out of its tolerance.
    #[error("the signature's time is too far from now")]
    Stale,
    /// No signature is that of the request under any of the keys.
    #[error("the signature is not one of the request with this secret")]
    Mismatch,
}

/// A request as its sender signed it.
#[derive(Clone, Copy, Debug)]
pub struct SignedRequest<'a> {
    /// Method, headers and body.
    pub request: &'a WebhookRequest,
    /// The URL as the sender called it, with its query.
    pub url: &'a str,
}

/// For schemes that do not sign the URL.
impl<'a> From<&'a WebhookRequest> for SignedRequest<'a> {
    fn from(request: &'a WebhookRequest) -> Self {
        Self { request, url: "" }
    }
}

/// What a request presents as proof. It is read before any secret is opened, so that a request without proof, or with
/// a stale one, is refused without a call of the key service.
#[derive(Debug)]
pub struct SignatureClaim<'a> {
    scheme: Scheme<'a>,
    signed: SignedRequest<'a>,
    id: Cow<'a, str>,
    timestamp: Cow<'a, str>,
    form_fields: String,
    presented: Vec<Vec<u8>>,
}

impl<'a> SignatureClaim<'a> {
    /// Reads the proof where the scheme puts it.
    pub fn read(
        scheme: &'a SchemeName,
        signed: SignedRequest<'a>,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let scheme = scheme.scheme();
        let request = signed.request;
        let presented = signatures(&scheme, request);
        if presented.is_empty() {
            return Err(Refusal::Missing);
        }
        let id = match scheme.id.filter(|_| scheme.signs(Part::Id)) {
            Some(location) => location.first(request).ok_or(Refusal::Missing)?,
            None => Cow::Borrowed(""),
        };
        let timestamp = timestamp(&scheme, request, now)?;
        check_body_digest(&scheme, request)?;
        let form_fields = match scheme.signs(Part::SortedFormFields) {
            true => form::sorted_fields(request),
            false => String::new(),
        };
        Ok(Self {
            scheme,
            signed,
            id,
            timestamp,
            form_fields,
            presented,
        })
    }

    /// Compares the proof with each of the keys that are valid now: one that fits is enough.
    pub fn verify(&self, keys: &[impl AsRef<[u8]>]) -> Result<(), Refusal> {
        let SignedRequest { request, url } = self.signed;
        let message = Message {
            id: &self.id,
            timestamp: &self.timestamp,
            method: &request.method,
            url,
            headers: &request.headers,
            body: &request.body,
            form_fields: &self.form_fields,
        };
        // Every key is compared with every signature, fitting or not, so that timing does not show which one fitted.
        let mut fits = subtle::Choice::from(0);
        let form = self.scheme.secret;
        for key in keys
            .iter()
            .flat_map(|key| accepted_keys(form, key.as_ref()))
        {
            let expected = message.mac(&self.scheme, &key);
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

/// Reads a request's proof and compares it with the keys.
pub fn verify<'a>(
    scheme: &'a SchemeName,
    keys: &[impl AsRef<[u8]>],
    signed: impl Into<SignedRequest<'a>>,
    now: Timestamp,
) -> Result<(), Refusal> {
    SignatureClaim::read(scheme, signed.into(), now)?.verify(keys)
}

/// As it is written in the request, because that is what was signed.
fn timestamp<'a>(
    scheme: &Scheme<'_>,
    request: &'a WebhookRequest,
    now: Timestamp,
) -> Result<Cow<'a, str>, Refusal> {
    let Some(time) = scheme.timestamp else {
        return Ok(Cow::Borrowed(""));
    };
    let text = time.location.first(request).ok_or(Refusal::Missing)?;
    let seconds: i64 = text.parse().map_err(|_| Refusal::Missing)?;
    let away_secs = (now.as_millis() / 1000).abs_diff(seconds);
    if away_secs > time.tolerance_secs.unsigned_abs() {
        return Err(Refusal::Stale);
    }
    Ok(text)
}

/// A body that no signed part covers must have the digest that the scheme asks for, or anybody could replace it.
fn check_body_digest(scheme: &Scheme<'_>, request: &WebhookRequest) -> Result<(), Refusal> {
    let is_covered = scheme.signs(Part::Body)
        || scheme.signs(Part::SortedFormFields) && form::is_form(request)
        || request.body.is_empty();
    let Some(location) = scheme.body_digest.filter(|_| !is_covered) else {
        return Ok(());
    };
    let presented = location.first(request).ok_or(Refusal::Missing)?;
    let expected = hex(&Sha256::digest(&request.body));
    match presented.eq_ignore_ascii_case(&expected) {
        true => Ok(()),
        false => Err(Refusal::Mismatch),
    }
}

fn signatures(scheme: &Scheme<'_>, request: &WebhookRequest) -> Vec<Vec<u8>> {
    let one = |text: &str| {
        let written = text.trim().strip_prefix(scheme.prefix)?;
        decode(scheme.encoding, written.trim_start())
    };
    let read = |value: &Cow<'_, str>| -> Vec<Vec<u8>> {
        match scheme.separator {
            Some(separator) => {
                let written = value.split(separator).take(MAX_SIGNATURES);
                written.filter_map(one).collect()
            }
            None => one(value).into_iter().collect(),
        }
    };
    let values = scheme.signature.all(request);
    values.iter().take(MAX_SIGNATURES).flat_map(read).collect()
}
