//! `/v1/workflows/{id}/triggers`: create, list, show, change, enable, disable, delete, and new tokens and secrets.

use api::resources::{trigger, workflow};
use api::{Problem, answer, idempotency, page};
use domain::signature::SigningSecret;
use domain::{Fingerprint, Secret, SecretHash, TokenHashes, Trigger, TriggerId, WorkflowId};
use lambda_http::{Body, Response};
use store::{InsertOutcome, UpdateOutcome};

use crate::authentication::{Settled, rotate, settle};
use crate::failure::Failure;
use crate::workflows::CHANGE_ATTEMPTS;
use crate::{Call, method_not_allowed};

pub(crate) async fn route(
    call: &Call<'_>,
    workflow: &str,
    method: &str,
    path: &[&str],
) -> Result<Response<Body>, Failure> {
    let workflow = WorkflowId::parse(workflow).map_err(|_| Problem::not_found())?;
    match (path, method) {
        ([], "POST") => create(call, workflow).await,
        ([], "GET") => list(call, workflow).await,
        ([], _) => method_not_allowed("GET, POST"),
        ([id], "GET") => show(call, workflow, parse(id)?).await,
        ([id], "PATCH") => change(call, workflow, parse(id)?, Change::Patch).await,
        ([id], "DELETE") => delete(call, workflow, parse(id)?).await,
        ([_], _) => method_not_allowed("GET, PATCH, DELETE"),
        ([id, "enable"], "POST") => {
            let switched = Change::Switch { enabled: true };
            change(call, workflow, parse(id)?, switched).await
        }
        ([id, "disable"], "POST") => {
            let switched = Change::Switch { enabled: false };
            change(call, workflow, parse(id)?, switched).await
        }
        ([id, "rotate"], "POST") => rotate_token(call, workflow, parse(id)?).await,
        ([id, "rotate-secret"], "POST") => {
            change(call, workflow, parse(id)?, Change::SigningSecret).await
        }
        ([_, "enable" | "disable" | "rotate" | "rotate-secret"], _) => method_not_allowed("POST"),
        _ => Err(Problem::not_found().into()),
    }
}

fn parse(id: &str) -> Result<TriggerId, Problem> {
    TriggerId::parse(id).map_err(|_| Problem::not_found())
}

/// The workflow's owner owns its triggers.
async fn owned(call: &Call<'_>, workflow: WorkflowId) -> Result<(), Failure> {
    let found = call
        .aws
        .workflows
        .find(call.caller.tenant, workflow)
        .await?;
    found.map(drop).ok_or_else(|| Problem::not_found().into())
}

async fn find(call: &Call<'_>, workflow: WorkflowId, id: TriggerId) -> Result<Trigger, Failure> {
    owned(call, workflow).await?;
    let found = call.aws.triggers.find(workflow, id).await?;
    found.ok_or_else(|| Problem::not_found().into())
}

async fn create(call: &Call<'_>, workflow: WorkflowId) -> Result<Response<Body>, Failure> {
    owned(call, workflow).await?;
    let draft = trigger::create(call.inbound)?;
    let collection = format!("workflows/{workflow}/triggers");
    let id = match call.idempotency_scope(&collection)? {
        Some(scope) => TriggerId::derived(&[&scope]),
        None => TriggerId::random(call.now, call.aws.random.u128()),
    };
    let token = Secret::from_random(call.aws.random.bytes32());
    let Settled {
        authentication,
        shown,
    } = settle(call, id, draft.authentication, None).await?;
    let made = Trigger {
        id,
        workflow_id: workflow,
        tenant: call.caller.tenant,
        enabled: draft.enabled,
        token: TokenHashes::new(token.hash()),
        ip_allow_list: draft.ip_allow_list,
        methods: draft.methods,
        authentication,
        created_at: call.now,
        revision: 1,
    };
    let fingerprint = Fingerprint::of(&draft.body);
    match call.aws.triggers.create(&made, &fingerprint).await? {
        InsertOutcome::New(made) => {
            let view = trigger::view_with_url(&made, &token, call.base_url());
            let view = trigger::with_secret(view, shown.as_ref());
            Ok(answer::created(&trigger::location(&made), &view))
        }
        InsertOutcome::Repeat(made) => Ok(answer::repeated(
            &trigger::location(&made),
            &trigger::view(&made),
        )),
        InsertOutcome::KeyReused | InsertOutcome::SlugTaken => Err(idempotency::reused().into()),
    }
}

async fn list(call: &Call<'_>, workflow: WorkflowId) -> Result<Response<Body>, Failure> {
    let paging = trigger::paging(call.inbound)?;
    owned(call, workflow).await?;
    let mut triggers = call.aws.triggers.list(workflow).await?;
    triggers.sort_unstable_by_key(|trigger| trigger.id);
    let (triggers, next) = page::cut(triggers, &paging, |trigger| trigger.id);
    let items = triggers.iter().map(trigger::view).collect();
    Ok(answer::list(items, next))
}

async fn show(
    call: &Call<'_>,
    workflow: WorkflowId,
    id: TriggerId,
) -> Result<Response<Body>, Failure> {
    let found = find(call, workflow, id).await?;
    Ok(answer::ok(&trigger::view(&found)))
}

/// What a request does to a trigger.
enum Change {
    Patch,
    Switch {
        enabled: bool,
    },
    Token {
        fresh: SecretHash,
        overlap_secs: u32,
    },
    SigningSecret,
}

impl Change {
    /// The trigger as it is to be, and the signing secret that its owner has to be told.
    async fn of(
        &self,
        call: &Call<'_>,
        old: &Trigger,
    ) -> Result<(Trigger, Option<SigningSecret>), Failure> {
        let old = old.clone();
        Ok(match self {
            Self::Patch => {
                let draft = trigger::change(call.inbound, &old)?;
                let authentication = old.authentication.as_ref();
                let settled = settle(call, old.id, draft.authentication, authentication).await?;
                let new = Trigger {
                    enabled: draft.enabled,
                    ip_allow_list: draft.ip_allow_list,
                    methods: draft.methods,
                    authentication: settled.authentication,
                    ..old
                };
                (new, settled.shown)
            }
            Self::Switch { enabled } => {
                let enabled = *enabled;
                (Trigger { enabled, ..old }, None)
            }
            Self::Token {
                fresh,
                overlap_secs,
            } => {
                let token = old.token.rotate(*fresh, *overlap_secs, call.now);
                (Trigger { token, ..old }, None)
            }
            Self::SigningSecret => {
                let authentication = old.authentication.as_ref();
                let authentication = authentication.ok_or_else(trigger::no_secret)?;
                let settled = rotate(call, old.id, authentication).await?;
                let new = Trigger {
                    authentication: settled.authentication,
                    ..old
                };
                (new, settled.shown)
            }
        })
    }
}

async fn change(
    call: &Call<'_>,
    workflow: WorkflowId,
    id: TriggerId,
    change: Change,
) -> Result<Response<Body>, Failure> {
    let (changed, shown) = apply(call, workflow, id, &change).await?;
    let view = trigger::view(&changed);
    Ok(answer::ok(&trigger::with_secret(view, shown.as_ref())))
}

async fn rotate_token(
    call: &Call<'_>,
    workflow: WorkflowId,
    id: TriggerId,
) -> Result<Response<Body>, Failure> {
    let overlap_secs = trigger::overlap_secs(call.inbound)?;
    let token = Secret::from_random(call.aws.random.bytes32());
    let change = Change::Token {
        fresh: token.hash(),
        overlap_secs,
    };
    let (changed, _) = apply(call, workflow, id, &change).await?;
    let view = trigger::view_with_url(&changed, &token, call.base_url());
    Ok(answer::ok(&view))
}

/// Applies a change to the trigger as it is now, and again if somebody else was faster. What
/// changes nothing is not written.
async fn apply(
    call: &Call<'_>,
    workflow: WorkflowId,
    id: TriggerId,
    change: &Change,
) -> Result<(Trigger, Option<SigningSecret>), Failure> {
    for _ in 0..CHANGE_ATTEMPTS {
        let old = find(call, workflow, id).await?;
        let (new, shown) = change.of(call, &old).await?;
        if new == old {
            return Ok((old, None));
        }
        let new = Trigger {
            revision: old.revision + 1,
            ..new
        };
        match call.aws.triggers.update(&old, &new).await? {
            UpdateOutcome::Updated => return Ok((new, shown)),
            UpdateOutcome::Conflict | UpdateOutcome::SlugTaken => {}
        }
    }
    Err(workflow::conflict().into())
}

async fn delete(
    call: &Call<'_>,
    workflow: WorkflowId,
    id: TriggerId,
) -> Result<Response<Body>, Failure> {
    let found = find(call, workflow, id).await?;
    call.aws.triggers.delete(&found).await?;
    Ok(answer::no_content())
}
