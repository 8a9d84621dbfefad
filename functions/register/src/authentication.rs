//! The authentication of a trigger after a change: its scheme, and its secrets, encrypted before anything is written.

use api::resources::trigger::{self, AuthenticationDraft};
use domain::signature::{Authentication, SchemeName, SigningSecret};
use domain::{Sealed, SealedSecrets, SecretOwner, TriggerId};

use http_function::Failure;

use crate::RequestContext;

/// The authentication of a trigger after a change.
pub(crate) struct AuthenticationChange {
    pub(crate) authentication: Option<Authentication>,
    /// A secret that the change set, to be shown in the answer.
    pub(crate) new_secret: Option<SigningSecret>,
}

/// The authentication that a request asks for. The trigger keeps its secret where the new scheme reads secrets alike and
/// the request gives none; where there is none to keep, a random one is made. A secret that is set this way replaces the old
/// one at once; after a rotation, both work for a while.
pub(crate) async fn change_authentication(
    context: &RequestContext<'_>,
    id: TriggerId,
    requested: Option<AuthenticationDraft>,
    old: Option<&Authentication>,
) -> Result<AuthenticationChange, Failure> {
    let Some(AuthenticationDraft { scheme, secret }) = requested else {
        return Ok(AuthenticationChange {
            authentication: None,
            new_secret: None,
        });
    };
    let kept = old.filter(|old| secret.is_none() && old.scheme.shares_secrets_with(&scheme));
    if let Some(old) = kept {
        let secrets = old.secrets.clone();
        return Ok(AuthenticationChange {
            authentication: Some(Authentication { scheme, secrets }),
            new_secret: None,
        });
    }
    let secret = secret.unwrap_or_else(|| random_secret(context, &scheme));
    let secrets = SealedSecrets::new(seal(context, id, &secret).await?);
    Ok(AuthenticationChange {
        authentication: Some(Authentication { scheme, secrets }),
        new_secret: Some(secret),
    })
}

/// The authentication with a new secret, the client's own or a random one. The old secret works for the overlap.
pub(crate) async fn rotate_secret(
    context: &RequestContext<'_>,
    id: TriggerId,
    old: &Authentication,
) -> Result<AuthenticationChange, Failure> {
    let scheme = old.scheme.clone();
    let rotation = trigger::secret_rotation(context.inbound, &scheme)?;
    let secret = rotation
        .secret
        .unwrap_or_else(|| random_secret(context, &scheme));
    let sealed = seal(context, id, &secret).await?;
    let secrets = old
        .secrets
        .rotate(sealed, rotation.overlap_secs, context.now);
    Ok(AuthenticationChange {
        authentication: Some(Authentication { scheme, secrets }),
        new_secret: Some(secret),
    })
}

fn random_secret(context: &RequestContext<'_>, scheme: &SchemeName) -> SigningSecret {
    SigningSecret::random(scheme, context.aws.random.bytes32())
}

/// Encrypts a secret, to be decrypted for this trigger only.
async fn seal(
    context: &RequestContext<'_>,
    id: TriggerId,
    secret: &SigningSecret,
) -> Result<Sealed, Failure> {
    let owner = SecretOwner::Trigger {
        tenant: context.caller.tenant,
        id,
    };
    Ok(context.app.cipher.encrypt(&owner, secret.key()).await?)
}
