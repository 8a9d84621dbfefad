//! Who sent a request: its signature against the secrets of its trigger. Which schemes there are, and what is signed, is
//! decided elsewhere.

use std::sync::OnceLock;

use domain::signature::claim;
use domain::{SecretOwner, SignatureVerdict, Timestamp, Trigger, WebhookRequest};
use store::{AwsContext, KmsCipher, StoreError};

/// What opens the secrets. It is made for the first request that needs it: most triggers have no secret, and a cold start
/// pays for no client that is not used.
#[derive(Default)]
pub(crate) struct SignatureVerifier {
    vault: OnceLock<KmsCipher>,
}

impl SignatureVerifier {
    /// A secret that cannot be opened is an error and no proof.
    pub(crate) async fn check(
        &self,
        aws: &AwsContext,
        trigger: &Trigger,
        request: &WebhookRequest,
        now: Timestamp,
    ) -> Result<SignatureVerdict, StoreError> {
        let Some(authentication) = &trigger.authentication else {
            return Ok(SignatureVerdict::NotRequired);
        };
        let claim = match claim(&authentication.scheme, request, now) {
            Ok(claim) => claim,
            Err(refusal) => return Ok(SignatureVerdict::Refused(refusal)),
        };
        let vault = self.vault.get_or_init(|| aws.vault());
        let owner = SecretOwner::Trigger {
            tenant: trigger.tenant,
            id: trigger.id,
        };
        let mut keys = Vec::new();
        for sealed in authentication.secrets.live(now) {
            keys.push(vault.open(&owner, sealed, now).await?);
        }
        Ok(match claim.verify(&keys) {
            Ok(()) => SignatureVerdict::Verified,
            Err(refusal) => SignatureVerdict::Refused(refusal),
        })
    }
}
