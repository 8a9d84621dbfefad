//! What a request presents: an `AppKey`, a `Sign`, and in one of the two forms a `Timestamp`. It is read before anything is
//! decrypted, so that a request without it is refused without a call of the key service.

use super::credentials::presented;
use super::fields::{self, Name};
use super::{AppAuthorization, AppCredentials};
use crate::signature::Refusal;
use crate::{SecretHash, Timestamp, WebhookRequest};

/// How far the timestamp of a `Sign` may be from now, before or after: five minutes.
const TOLERANCE_MS: u64 = 300_000;

/// The fields of app authorization in a request.
pub struct AppClaim {
    presented: SecretHash,
    /// As it is written in the request, because that is what was signed.
    timestamp: Option<String>,
}

impl AppClaim {
    /// Reads the fields from the headers, the query or the body.
    pub fn read(request: &WebhookRequest) -> Result<Self, Refusal> {
        let found = fields::find(request);
        let value = |name| found.value(name).filter(|value| !value.is_empty());
        let app_key = value(Name::AppKey).ok_or(Refusal::Missing)?;
        let sign = value(Name::Sign).ok_or(Refusal::Missing)?;
        Ok(Self {
            presented: presented(app_key, sign),
            timestamp: value(Name::Timestamp).map(str::to_owned),
        })
    }

    /// Whether the `Sign` is the fixed one of keys that are valid now. A timestamp beside it is the sender's own field. All
    /// keys are compared, fitting or not, so that timing does not show which ones fitted.
    pub fn has_fixed_sign(&self, authorization: &AppAuthorization, now: Timestamp) -> bool {
        authorization.live(now).fold(false, |fits, keys| {
            fits | keys.fixed.matches(&self.presented)
        })
    }

    /// Whether the `Sign` may be one with a timestamp, before any key is decrypted.
    pub fn check_timestamp(&self, now: Timestamp) -> Result<(), Refusal> {
        let timestamp = self.timestamp.as_deref().ok_or(Refusal::Mismatch)?;
        let signed_at_ms: i64 = timestamp.parse().map_err(|_| Refusal::Mismatch)?;
        if now.as_millis().abs_diff(signed_at_ms) > TOLERANCE_MS {
            return Err(Refusal::Stale);
        }
        Ok(())
    }

    /// Compares a `Sign` with a timestamp with each of the keys that are valid now: one that fits is enough.
    pub fn verify_timestamped(&self, live: &[AppCredentials]) -> Result<(), Refusal> {
        let timestamp = self.timestamp.as_deref().ok_or(Refusal::Mismatch)?;
        let fits = live.iter().fold(false, |fits, keys| {
            let sign = keys.timestamped_sign(timestamp);
            fits | presented(keys.app_key(), sign.reveal()).matches(&self.presented)
        });
        if fits { Ok(()) } else { Err(Refusal::Mismatch) }
    }
}
