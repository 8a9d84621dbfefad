//! Changes of a trigger: patch, enable, disable, and new tokens and secrets.

use api::resources::trigger::{self, Draft, NewSecret};
use api::resources::workflow::conflict;
use api::{Problem, answer};
use domain::{ReflyTimeout, Secret, Trigger};
use http_function::Failure;
use lambda_http::{Body, Response};
use store::UpdateOutcome;

use crate::RequestContext;
use crate::authentication::{change_authentication, rotate_secret as rotate_signing_secret};
use crate::expressions::check_response;
use crate::sample_changes::SampleChange;
use crate::tokens::NewToken;
use crate::triggers::{count_change, find};
use crate::workflow_changes::CHANGE_ATTEMPTS;

/// A change of a trigger.
pub(crate) enum Change {
    /// The merge patch in the request's body.
    Patch,
    SetEnabled(bool),
    RotateToken {
        overlap_secs: u32,
    },
    RotateSecret,
    /// What a client of the refly profile sets.
    Refly {
        enabled: Option<bool>,
        timeout: Option<ReflyTimeout>,
    },
    Sample(SampleChange),
}

/// A changed trigger, and what the change set that only its answer shows.
pub(crate) struct Changed {
    pub(crate) trigger: Trigger,
    new_secret: Option<NewSecret>,
    new_token: Option<Secret>,
}

impl Changed {
    fn without_secrets(trigger: Trigger) -> Self {
        Self {
            trigger,
            new_secret: None,
            new_token: None,
        }
    }
}

impl Change {
    async fn apply(&self, context: &RequestContext<'_>, old: &Trigger) -> Result<Changed, Failure> {
        let old = old.clone();
        Ok(match self {
            Self::Patch => patched(context, old).await?,
            Self::SetEnabled(enabled) => {
                let enabled = *enabled;
                Changed::without_secrets(Trigger { enabled, ..old })
            }
            Self::Refly { enabled, timeout } => Changed::without_secrets(Trigger {
                enabled: enabled.unwrap_or(old.enabled),
                refly_timeout: timeout.unwrap_or(old.refly_timeout),
                ..old
            }),
            Self::RotateToken { overlap_secs } => {
                let old = Changed::without_secrets(old);
                with_new_token(context, old, *overlap_secs).await?
            }
            Self::RotateSecret => {
                let authentication = old.authentication.as_ref();
                let authentication = authentication.ok_or_else(trigger::no_secret)?;
                let changed = rotate_signing_secret(context, old.id, authentication).await?;
                let new = Trigger {
                    authentication: changed.authentication,
                    ..old
                };
                Changed {
                    new_secret: changed.new_secret,
                    ..Changed::without_secrets(new)
                }
            }
            Self::Sample(change) => Changed::without_secrets(change.apply(context, old).await?),
        })
    }
}

/// The trigger with a new token in the form of its profile.
async fn with_new_token(
    context: &RequestContext<'_>,
    old: Changed,
    overlap_secs: u32,
) -> Result<Changed, Failure> {
    let Changed {
        trigger,
        new_secret,
        ..
    } = old;
    let NewToken { token, sealed } = NewToken::make(context, trigger.id, trigger.profile).await?;
    let hashes = &trigger.token;
    Ok(Changed {
        trigger: Trigger {
            token: hashes.rotate(token.hash(), overlap_secs, context.now),
            sealed_token: Some(sealed),
            ..trigger
        },
        new_secret,
        new_token: Some(token),
    })
}

/// A trigger that gets another profile gets a new token too, because each profile has tokens of its own form.
async fn patched(context: &RequestContext<'_>, old: Trigger) -> Result<Changed, Failure> {
    let mut draft = trigger::change(context.inbound, &old)?;
    check_response(&draft.response)?;
    let authentication = old.authentication.as_ref();
    let changed =
        change_authentication(context, old.id, draft.authentication.take(), authentication).await?;
    let old_profile = old.profile;
    let old = Trigger {
        authentication: changed.authentication,
        ..old
    };
    let new = Changed {
        new_secret: changed.new_secret,
        ..Changed::without_secrets(with_settings(old, draft))
    };
    match new.trigger.profile == old_profile {
        true => Ok(new),
        false => with_new_token(context, new, 0).await,
    }
}

/// The trigger with the settings of a draft, but for its authentication, whose secret has to be encrypted.
pub(crate) fn with_settings(trigger: Trigger, draft: Draft) -> Trigger {
    Trigger {
        enabled: draft.enabled,
        profile: draft.profile,
        ip_allow_list: draft.ip_allow_list,
        methods: draft.methods,
        cors: draft.cors,
        response: draft.response,
        delivery_id_location: draft.delivery_id_location,
        condition: draft.condition,
        parameters: draft.parameters,
        ..trigger
    }
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

pub(crate) async fn rotate_token(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let overlap_secs = trigger::overlap_secs(context.inbound)?;
    change(context, Change::RotateToken { overlap_secs }).await
}

pub(crate) async fn rotate_secret(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    change(context, Change::RotateSecret).await
}

async fn change(context: &RequestContext<'_>, change: Change) -> Result<Response<Body>, Failure> {
    let changed = apply(context, &change).await?;
    let view = match &changed.new_token {
        Some(token) => trigger::view_with_url(&changed.trigger, token, context.base_url()),
        None => trigger::view(&changed.trigger),
    };
    let view = trigger::with_secret(view, changed.new_secret.as_ref());
    Ok(answer::ok(&view))
}

/// Applies a change to the trigger that the path names.
pub(crate) async fn apply(
    context: &RequestContext<'_>,
    change: &Change,
) -> Result<Changed, Failure> {
    let found = find(context).await?;
    change_trigger(context, found, change).await
}

/// Applies a change to a trigger that was found, and again to the current one where another request changed it meanwhile. A
/// change that changes nothing is not written, but counted: it may be the repetition of one that was not.
pub(crate) async fn change_trigger(
    context: &RequestContext<'_>,
    found: Trigger,
    change: &Change,
) -> Result<Changed, Failure> {
    let (workflow, id) = (found.workflow_id, found.id);
    let mut current = Some(found);
    for _ in 0..CHANGE_ATTEMPTS {
        let old = match current.take() {
            Some(found) => found,
            None => {
                let found = context.aws.triggers.find(workflow, id).await?;
                found.ok_or_else(Problem::not_found)?
            }
        };
        let mut changed = change.apply(context, &old).await?;
        if changed.trigger == old {
            count_change(context, workflow).await?;
            return Ok(Changed::without_secrets(old));
        }
        changed.trigger.revision = old.revision + 1;
        let update = context.aws.triggers.update(&old, &changed.trigger);
        match update.await? {
            UpdateOutcome::Updated => {
                count_change(context, workflow).await?;
                return Ok(changed);
            }
            UpdateOutcome::Conflict => {}
        }
    }
    Err(conflict().into())
}
