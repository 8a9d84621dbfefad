//! Verifies the signature of a request with the secrets of its trigger. The schemes are the domain's.

use std::sync::OnceLock;

use domain::signature::{SignatureClaim, SignedRequest};
use domain::{SecretOwner, SignatureVerdict, Timestamp, Trigger};
use store::{AwsContext, KmsCipher, StoreError};

/// Decrypts secrets and compares signatures. The KMS client is made for the first request that needs it: most triggers
/// have no secret, and a cold start should not pay for a client that it does not use.
#[derive(Default)]
pub(crate) struct SignatureVerifier {
    cipher: OnceLock<KmsCipher>,
}

impl SignatureVerifier {
    /// A secret that cannot be decrypted is an error, never a verified request.
    pub(crate) async fn verify(
        &self,
        aws: &AwsContext,
        trigger: &Trigger,
        signed: SignedRequest<'_>,
        now: Timestamp,
    ) -> Result<SignatureVerdict, StoreError> {
        let Some(authentication) = &trigger.authentication else {
            return Ok(SignatureVerdict::NotRequired);
        };
        let claim = match SignatureClaim::read(&authentication.scheme, signed, now) {
            Ok(claim) => claim,
            Err(refusal) => return Ok(SignatureVerdict::Refused(refusal)),
        };
        let cipher = self.cipher.get_or_init(|| aws.kms_cipher());
        let owner = SecretOwner::Trigger {
            tenant: trigger.tenant,
            id: trigger.id,
        };
        let mut keys = Vec::new();
        for sealed in authentication.secrets.live(now) {
            keys.push(cipher.decrypt(&owner, sealed, now).await?);
        }
        Ok(match claim.verify(&keys) {
            Ok(()) => SignatureVerdict::Verified,
            Err(refusal) => SignatureVerdict::Refused(refusal),
        })
    }
}
