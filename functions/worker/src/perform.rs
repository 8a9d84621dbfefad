//! Performs one action, by whoever knows how. When it is wanted, and what follows from its result, the engine knows.

use std::sync::Arc;

use engine::{Action, ActionKind, ActionResult};

use crate::call::Origin;
use crate::{App, functions};

/// Whatever goes wrong is a result, too: the workflow may catch it. It is over within the available time, or pending.
pub(crate) async fn perform(
    app: &App,
    origin: Arc<Origin>,
    action: Action,
    available_ms: i64,
) -> ActionResult {
    let caller = origin.caller(&action);
    match action.kind {
        ActionKind::Http(call) => {
            let answered = origin.call(&app.egress, call, &caller.effect, available_ms);
            ActionResult::Called(answered.await)
        }
        // The event is in the step's output; nobody subscribes to it yet.
        ActionKind::Emit(event) => ActionResult::Returned(event),
        ActionKind::Function { name, arguments } => {
            functions::perform(app, &caller, (&name, arguments), available_ms).await
        }
        ActionKind::Workflow(child) => {
            functions::run(app, &origin, &caller, &child, available_ms).await
        }
    }
}
