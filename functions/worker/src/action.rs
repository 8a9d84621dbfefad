//! Performs one action of the engine: an HTTP call, a function, or another workflow. When it is performed, and what
//! follows from its result, is for the engine to say.

use std::sync::Arc;

use engine::{Action, ActionKind, ActionResult};

use crate::http_call::Origin;
use crate::{App, functions};

/// Performs an action within `available_ms`. A failure is a result as well, because the workflow may catch it.
pub(crate) async fn perform(
    app: &App,
    origin: Arc<Origin>,
    action: Action,
    available_ms: i64,
) -> ActionResult {
    let caller = origin.caller(&action);
    match action.kind {
        ActionKind::Http(call) => {
            let answered = origin.call(app, call, &caller.effect, available_ms);
            ActionResult::Called(answered.await)
        }
        // The event is only recorded, as the step's output.
        ActionKind::Emit(event) => ActionResult::Returned(event),
        ActionKind::Function { name, arguments } => {
            functions::perform(app, &caller, &name, arguments, available_ms).await
        }
        ActionKind::Workflow(child) => {
            functions::run_child(app, &origin, &caller, &child, available_ms).await
        }
    }
}
