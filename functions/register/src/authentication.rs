//! The authentication of a trigger after a change: its scheme, and its secrets, encrypted before anything is written.

use api::resources::trigger::{self, AuthenticationDraft, NewSecret, SignatureDraft};
use domain::signature::{SchemeName, SigningSecret};
use domain::{
    AppAuthorization, AppCredentials, Authentication, Sealed, SealedSecrets, SecretOwner,
    SignatureAuthentication, StoredAppKeys, TriggerId,
};

use http_function::Failure;

use crate::RequestContext;

/// The authentication of a trigger after a change.
pub(crate) struct AuthenticationChange {
    pub(crate) authentication: Option<Authentication>,
    /// A secret that the change set, to be shown in the answer.
    pub(crate) new_secret: Option<NewSecret>,
}

impl AuthenticationChange {
    fn kept(authentication: Option<Authentication>) -> Self {
        Self {
            authentication,
            new_secret: None,
        }
    }

    fn new(authentication: Authentication, secret: NewSecret) -> Self {
        Self {
            authentication: Some(authentication),
            new_secret: Some(secret),
        }
    }
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
    match (requested, old) {
        (None, _) => Ok(AuthenticationChange::kept(None)),
        (Some(AuthenticationDraft::App), Some(Authentication::App(old))) => {
            let kept = Authentication::App(old.clone());
            Ok(AuthenticationChange::kept(Some(kept)))
        }
        (Some(AuthenticationDraft::App), Some(Authentication::Signature(_)) | None) => {
            let (stored, keys) = new_app_keys(context, id).await?;
            let app = Authentication::App(AppAuthorization::new(stored));
            Ok(AuthenticationChange::new(app, NewSecret::App(keys)))
        }
        (Some(AuthenticationDraft::Signature(draft)), old) => {
            let old = match old {
                Some(Authentication::Signature(old)) => Some(old),
                Some(Authentication::App(_)) | None => None,
            };
            change_signature(context, id, draft, old).await
        }
    }
}

async fn change_signature(
    context: &RequestContext<'_>,
    id: TriggerId,
    SignatureDraft { scheme, secret }: SignatureDraft,
    old: Option<&SignatureAuthentication>,
) -> Result<AuthenticationChange, Failure> {
    let kept = old.filter(|old| secret.is_none() && old.scheme.shares_secrets_with(&scheme));
    if let Some(old) = kept {
        let secrets = old.secrets.clone();
        let kept = Authentication::Signature(SignatureAuthentication { scheme, secrets });
        return Ok(AuthenticationChange::kept(Some(kept)));
    }
    let secret = secret.unwrap_or_else(|| random_secret(context, &scheme));
    let sealed = seal(context, id, secret.key()).await?;
    let signature = Authentication::Signature(SignatureAuthentication {
        scheme,
        secrets: SealedSecrets::new(sealed),
    });
    let secret = NewSecret::Signing(secret);
    Ok(AuthenticationChange::new(signature, secret))
}

/// The authentication with a new secret, the client's own or a random one, or with new keys of app authorization. The old
/// ones work for the overlap.
pub(crate) async fn rotate_secret(
    context: &RequestContext<'_>,
    id: TriggerId,
    old: &Authentication,
) -> Result<AuthenticationChange, Failure> {
    match old {
        Authentication::Signature(old) => rotate_signing_secret(context, id, old).await,
        Authentication::App(old) => {
            let overlap_secs = trigger::app_rotation(context.inbound)?;
            let (stored, keys) = new_app_keys(context, id).await?;
            let rotated = old.rotate(stored, overlap_secs, context.now);
            let app = Authentication::App(rotated);
            Ok(AuthenticationChange::new(app, NewSecret::App(keys)))
        }
    }
}

async fn rotate_signing_secret(
    context: &RequestContext<'_>,
    id: TriggerId,
    old: &SignatureAuthentication,
) -> Result<AuthenticationChange, Failure> {
    let scheme = old.scheme.clone();
    let rotation = trigger::secret_rotation(context.inbound, &scheme)?;
    let secret = rotation
        .secret
        .unwrap_or_else(|| random_secret(context, &scheme));
    let sealed = seal(context, id, secret.key()).await?;
    let secrets = old
        .secrets
        .rotate(sealed, rotation.overlap_secs, context.now);
    let signature = Authentication::Signature(SignatureAuthentication { scheme, secrets });
    let secret = NewSecret::Signing(secret);
    Ok(AuthenticationChange::new(signature, secret))
}

fn random_secret(context: &RequestContext<'_>, scheme: &SchemeName) -> SigningSecret {
    SigningSecret::random(scheme, context.aws.random.bytes32())
}

async fn new_app_keys(
    context: &RequestContext<'_>,
    id: TriggerId,
) -> Result<(StoredAppKeys, AppCredentials), Failure> {
    let random = context.aws.random;
    let keys = AppCredentials::from_random(random.u128(), random.bytes32());
    let sealed = seal(context, id, keys.plaintext().reveal().as_bytes()).await?;
    let stored = StoredAppKeys {
        fixed: keys.fixed_hash(),
        sealed,
    };
    Ok((stored, keys))
}

/// Encrypts a secret, to be decrypted for this trigger only.
async fn seal(
    context: &RequestContext<'_>,
    id: TriggerId,
    plaintext: &[u8],
) -> Result<Sealed, Failure> {
    let owner = SecretOwner::Trigger {
        tenant: context.caller.tenant,
        id,
    };
    Ok(context.app.cipher.encrypt(&owner, plaintext).await?)
}
