//! Verifies the proof of a request, a signature or app authorization, with the secrets of its trigger. The schemes are the
//! domain's.

use std::sync::{Arc, OnceLock};

use domain::signature::{Refusal, SignatureClaim, SignedRequest};
use domain::{
    AppAuthorization, AppClaim, AppCredentials, Authentication, Sealed, SecretOwner,
    SignatureAuthentication, SignatureVerdict, Timestamp, Trigger, WebhookRequest,
};
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
        let secrets = Secrets {
            cipher: &self.cipher,
            aws,
            trigger,
            now,
        };
        let verified = match &trigger.authentication {
            None => return Ok(SignatureVerdict::NotRequired),
            Some(Authentication::Signature(asked)) => secrets.verify_signature(asked, signed).await,
            Some(Authentication::App(asked)) => secrets.verify_app(asked, signed.request).await,
        };
        Ok(match verified? {
            Ok(()) => SignatureVerdict::Verified,
            Err(refusal) => SignatureVerdict::Refused(refusal),
        })
    }
}

/// The secrets of one trigger, decrypted where a request needs them.
struct Secrets<'a> {
    cipher: &'a OnceLock<KmsCipher>,
    aws: &'a AwsContext,
    trigger: &'a Trigger,
    now: Timestamp,
}

impl Secrets<'_> {
    async fn verify_signature(
        &self,
        asked: &SignatureAuthentication,
        signed: SignedRequest<'_>,
    ) -> Result<Result<(), Refusal>, StoreError> {
        let claim = match SignatureClaim::read(&asked.scheme, signed, self.now) {
            Ok(claim) => claim,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let mut keys = Vec::new();
        for sealed in asked.secrets.live(self.now) {
            keys.push(self.decrypt(sealed).await?);
        }
        Ok(claim.verify(&keys))
    }

    /// A fixed `Sign` is compared by its hash; only one with a timestamp needs the secret key.
    async fn verify_app(
        &self,
        asked: &AppAuthorization,
        request: &WebhookRequest,
    ) -> Result<Result<(), Refusal>, StoreError> {
        let claim = match AppClaim::read(request) {
            Ok(claim) => claim,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if claim.has_fixed_sign(asked, self.now) {
            return Ok(Ok(()));
        }
        if let Err(refusal) = claim.check_timestamp(self.now) {
            return Ok(Err(refusal));
        }
        let mut live = Vec::new();
        for keys in asked.live(self.now) {
            let plaintext = self.decrypt(&keys.sealed).await?;
            live.push(AppCredentials::parse(&plaintext).ok_or_else(|| self.not_keys())?);
        }
        Ok(claim.verify_timestamped(&live))
    }

    async fn decrypt(&self, sealed: &Sealed) -> Result<Arc<[u8]>, StoreError> {
        let cipher = self.cipher.get_or_init(|| self.aws.kms_cipher());
        let owner = SecretOwner::Trigger {
            tenant: self.trigger.tenant,
            id: self.trigger.id,
        };
        cipher.decrypt(&owner, sealed, self.now).await
    }

    fn not_keys(&self) -> StoreError {
        StoreError::BadRecord {
            key: self.trigger.id.to_string(),
            reason: "what was decrypted is no AppKey with a secret key".to_owned(),
        }
    }
}
