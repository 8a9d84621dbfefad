//! Finds the trigger of a request whose body is too large, so that its owner sees the refusal. The answer is the same whether
//! or not there is one.

use api::webhook::{Outcome, TriggerWorkflow};
use domain::{CalledTrigger, SecretHash, Timestamp};
use store::{BoundedCache, StoreError};

use crate::App;
use crate::authorize::find_called;
use crate::receive::workflow_of;
use crate::refused::note;

/// Triggers that a warm container remembers by a token that a request had which was too large.
const REMEMBERED: usize = 1_000;
/// How long: a flood of such requests reads the configuration once in this time.
const REMEMBERED_MS: i64 = 60_000;

/// The triggers of tokens of requests that were too large.
pub(crate) struct CalledTriggers(BoundedCache<SecretHash, CalledTrigger>);

impl Default for CalledTriggers {
    fn default() -> Self {
        Self(BoundedCache::with_time_to_live(REMEMBERED, REMEMBERED_MS))
    }
}

/// Notes the refusal where the token is right. A look-up that fails or takes long is a refusal that nobody sees.
pub(crate) async fn note_too_large(app: &App, command: &TriggerWorkflow, now: Timestamp) {
    let token = command.token.hash();
    let triggers = &app.called_triggers.0;
    let mut called = triggers.get(&token, now);
    if called.is_none() {
        called = look_up(app, command, now).await;
        called.inspect(|called| triggers.insert(token, *called, now));
    }
    if let Some(called) = called {
        note(app, called, &command.request, &Outcome::BodyTooLarge, now).await;
    }
}

async fn look_up(app: &App, command: &TriggerWorkflow, now: Timestamp) -> Option<CalledTrigger> {
    let budget = app.aws.connection.usage_budget();
    let found = tokio::time::timeout(budget, Box::pin(find(app, command, now)));
    match found.await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => {
            tracing::warn!(%error, "the trigger of a request that is too large was not found");
            None
        }
        Err(_) => {
            tracing::warn!("AWS took so long that the trigger of a request was not found");
            None
        }
    }
}

async fn find(
    app: &App,
    command: &TriggerWorkflow,
    now: Timestamp,
) -> Result<Option<CalledTrigger>, StoreError> {
    let Some(workflow) = workflow_of(app, &command.address, now).await? else {
        return Ok(None);
    };
    let found = app.configurations.find(&app.aws.workflows, workflow, now);
    let found = found.await?;
    Ok(find_called(&found.configuration, command, now).map(CalledTrigger::from))
}
