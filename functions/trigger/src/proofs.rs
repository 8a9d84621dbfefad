//! Who sent a request: its signature against the secrets of its trigger. Which schemes there are, and what is signed, is
//! decided elsewhere.

use std::sync::OnceLock;

use aws::{Environment, StoreError, Vault};
use domain::signature::claim;
use domain::{Proof, SecretOwner, Timestamp, Trigger, WebhookRequest};

/// What opens the secrets. It is made for the first request that needs it: most triggers have no secret, and a cold start
/// pays for no client that is not used.
#[derive(Default)]
pub(crate) struct Proofs {
    vault: OnceLock<Vault>,
}

impl Proofs {
    /// A secret that cannot be opened is an error and no proof.
    pub(crate) async fn check(
        &self,
        aws: &Environment,
        trigger: &Trigger,
        request: &WebhookRequest,
        now: Timestamp,
    ) -> Result<Proof, StoreError> {
        let Some(authentication) = &trigger.authentication else {
            return Ok(Proof::NotAsked);
        };
        let claim = match claim(&authentication.scheme, request, now) {
            Ok(claim) => claim,
            Err(refusal) => return Ok(Proof::Refused(refusal)),
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
            Ok(()) => Proof::Verified,
            Err(refusal) => Proof::Refused(refusal),
        })
    }
}
