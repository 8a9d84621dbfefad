//! Runs a workflow, one slice at a time. Knows the definition and the state; the worker performs the effects.
//!
//! Each module uses only modules that are listed below it (state and stage, which describe each other, are the exception):
//!
//! - `advance`: the loop that resumes the topmost frame until the run needs something from outside;
//! - `lists`, `branches`, `results`: the next task of a list, the next branch of a fork, the result of an action;
//! - `preparation`, `response`: results of calls over HTTP;
//! - `begin`, `perform`: begins a task, and does what its kind says;
//! - `attempt`, `for_each`: the lists inside `try` and `for`;
//! - `complete`, `flow`: ends a task, and continues after it;
//! - `actions`, `openapi_call`, `authentication`, `request`, `retry_delay`, `deadline`: evaluate what a task needs;
//! - `openapi_request`, `oauth_token`, `http_digest`, `upload`: build parts of requests;
//! - `evaluation`, `arguments`, `descriptors`: expressions and their arguments;
//! - `state_size`: the limit on the state;
//! - `steps`, `pending_work`: what history shows, and what the run waits for;
//! - `interpreter`, `state`, `stage`, `effect`, `shared`: the data.

mod actions;
mod advance;
mod arguments;
mod attempt;
mod authentication;
mod begin;
mod branches;
mod complete;
mod deadline;
mod descriptors;
mod effect;
mod evaluation;
mod flow;
mod for_each;
mod http_digest;
mod interpreter;
mod lists;
mod oauth_token;
mod openapi_call;
mod openapi_request;
mod pending_work;
mod perform;
mod preparation;
mod request;
mod response;
mod results;
mod retry_delay;
mod shared;
mod stage;
mod state;
mod state_size;
mod steps;
mod upload;

#[cfg(test)]
mod tests;

pub use advance::{Advanced, advance};
pub use begin::MAX_TASKS;
pub use effect::{
    Action, ActionKind, ActionResult, CallFailure, CallRecord, CallResult, ChildRun, Effect, Event,
    FormPart, HttpCall, PartValue, Step, StepStatus, Upload,
};
pub use state::{Run, RunContext};
pub use state_size::MAX_STATE_BYTES;
