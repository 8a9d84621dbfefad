//! The authentication of triggers: which secret a change leaves them with, sealed before anything is written.

use api::resources::trigger::{self, AuthenticationDraft};
use domain::signature::{Authentication, SchemeName, SigningSecret};
use domain::{Sealed, SealedSecrets, SecretOwner, TriggerId};

use crate::Call;
use crate::failure::Failure;

/// What a trigger is to have from now on, and the secret that its owner has to be told.
pub(crate) struct Settled {
    pub(crate) authentication: Option<Authentication>,
    pub(crate) shown: Option<SigningSecret>,
}

/// Keeps the secret where the scheme still reads it alike and no other one is given, and makes one where there is none to
/// keep. Setting one this way ends the former at once; rotating lets both work for a while.
pub(crate) async fn settle(
    call: &Call<'_>,
    id: TriggerId,
    wanted: Option<AuthenticationDraft>,
    old: Option<&Authentication>,
) -> Result<Settled, Failure> {
    let Some(AuthenticationDraft { scheme, secret }) = wanted else {
        return Ok(Settled {
            authentication: None,
            shown: None,
        });
    };
    let kept = old.filter(|old| secret.is_none() && old.scheme.shares_secrets_with(&scheme));
    if let Some(old) = kept {
        let secrets = old.secrets.clone();
        return Ok(Settled {
            authentication: Some(Authentication { scheme, secrets }),
            shown: None,
        });
    }
    let secret = secret.unwrap_or_else(|| fresh(call, &scheme));
    let secrets = SealedSecrets::new(seal(call, id, &secret).await?);
    Ok(Settled {
        authentication: Some(Authentication { scheme, secrets }),
        shown: Some(secret),
    })
}

/// A new secret, of the caller's choice or ours; the former one goes on working for the overlap.
pub(crate) async fn rotate(
    call: &Call<'_>,
    id: TriggerId,
    old: &Authentication,
) -> Result<Settled, Failure> {
    let scheme = old.scheme.clone();
    let rotation = trigger::secret_rotation(call.inbound, &scheme)?;
    let secret = rotation.secret.unwrap_or_else(|| fresh(call, &scheme));
    let sealed = seal(call, id, &secret).await?;
    let secrets = old.secrets.rotate(sealed, rotation.overlap_secs, call.now);
    Ok(Settled {
        authentication: Some(Authentication { scheme, secrets }),
        shown: Some(secret),
    })
}

fn fresh(call: &Call<'_>, scheme: &SchemeName) -> SigningSecret {
    SigningSecret::random(scheme, call.aws.random.bytes32())
}

/// For this trigger alone.
async fn seal(call: &Call<'_>, id: TriggerId, secret: &SigningSecret) -> Result<Sealed, Failure> {
    let owner = SecretOwner::Trigger {
        tenant: call.caller.tenant,
        id,
    };
    Ok(call.vault.encrypt(&owner, secret.key()).await?)
}
