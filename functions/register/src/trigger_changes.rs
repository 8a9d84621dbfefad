//! Changes of a trigger: patch, enable, disable, and new tokens and secrets.

use api::answer;
use api::resources::{trigger, workflow};
use domain::signature::SigningSecret;
use domain::{Secret, SecretHash, Trigger};
use http_function::Failure;
use lambda_http::{Body, Response};
use store::UpdateOutcome;

use crate::RequestContext;
use crate::authentication::{change_authentication, rotate_secret as rotate_signing_secret};
use crate::triggers::find;
use crate::workflow_changes::CHANGE_ATTEMPTS;

/// A change of a trigger.
enum Change {
    /// The merge patch in the request's body.
    Patch,
    SetEnabled(bool),
    RotateToken {
        new: SecretHash,
        overlap_secs: u32,
    },
    RotateSecret,
}

impl Change {
    /// The changed trigger, and a signing secret that the change set, to be shown in the answer.
    async fn apply(
        &self,
        context: &RequestContext<'_>,
        old: &Trigger,
    ) -> Result<(Trigger, Option<SigningSecret>), Failure> {
        let old = old.clone();
        Ok(match self {
            Self::Patch => patched(context, old).await?,
            Self::SetEnabled(enabled) => {
                let enabled = *enabled;
                (Trigger { enabled, ..old }, None)
            }
            Self::RotateToken { new, overlap_secs } => {
                let token = old.token.rotate(*new, *overlap_secs, context.now);
                (Trigger { token, ..old }, None)
            }
            Self::RotateSecret => {
                let authentication = old.authentication.as_ref();
                let authentication = authentication.ok_or_else(trigger::no_secret)?;
                let changed = rotate_signing_secret(context, old.id, authentication).await?;
                let new = Trigger {
                    authentication: changed.authentication,
                    ..old
                };
                (new, changed.new_secret)
            }
        })
    }
}

async fn patched(
    context: &RequestContext<'_>,
    old: Trigger,
) -> Result<(Trigger, Option<SigningSecret>), Failure> {
    let draft = trigger::change(context.inbound, &old)?;
    let authentication = old.authentication.as_ref();
    let changed =
        change_authentication(context, old.id, draft.authentication, authentication).await?;
    let new = Trigger {
        enabled: draft.enabled,
        ip_allow_list: draft.ip_allow_list,
        methods: draft.methods,
        authentication: changed.authentication,
        ..old
    };
    Ok((new, changed.new_secret))
}

pub(crate) async fn patch(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    change(context, Change::Patch).await
}

pub(crate) async fn enable(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    change(context, Change::SetEnabled(true)).await
}

pub(crate) async fn disable(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    change(context, Change::SetEnabled(false)).await
}

pub(crate) async fn rotate_secret(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    change(context, Change::RotateSecret).await
}

async fn change(context: &RequestContext<'_>, change: Change) -> Result<Response<Body>, Failure> {
    let (changed, new_secret) = apply(context, &change).await?;
    let view = trigger::view(&changed);
    Ok(answer::ok(&trigger::with_secret(view, new_secret.as_ref())))
}

pub(crate) async fn rotate_token(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let overlap_secs = trigger::overlap_secs(context.inbound)?;
    let token = Secret::from_random(context.aws.random.bytes32());
    let change = Change::RotateToken {
        new: token.hash(),
        overlap_secs,
    };
    let (changed, _) = apply(context, &change).await?;
    let view = trigger::view_with_url(&changed, &token, context.base_url());
    Ok(answer::ok(&view))
}

/// Applies a change to the current trigger, and again where another request changed it meanwhile. A change that changes
/// nothing is not written.
async fn apply(
    context: &RequestContext<'_>,
    change: &Change,
) -> Result<(Trigger, Option<SigningSecret>), Failure> {
    for _ in 0..CHANGE_ATTEMPTS {
        let old = find(context).await?;
        let (new, new_secret) = change.apply(context, &old).await?;
        if new == old {
            return Ok((old, None));
        }
        let new = Trigger {
            revision: old.revision + 1,
            ..new
        };
        match context.aws.triggers.update(&old, &new).await? {
            UpdateOutcome::Updated => return Ok((new, new_secret)),
            UpdateOutcome::Conflict | UpdateOutcome::SlugTaken => {}
        }
    }
    Err(workflow::conflict().into())
}
