//! Runs a workflow, one slice at a time. Knows the definition and the state; nothing of whoever performs the effects.

mod advance;
mod arguments;
mod attempt;
mod authentication;
mod branches;
mod deadline;
mod deed;
mod delay;
mod demand;
mod describing;
mod descriptors;
mod digest;
mod effect;
mod enter;
mod extending;
mod finished;
mod history;
mod leave;
mod looping;
mod machine;
mod openapi;
mod request;
mod response;
mod stage;
mod state;
mod token;

#[cfg(test)]
mod tests;

pub use advance::{Advanced, MAX_TASKS, advance};
pub use effect::{
    Action, ActionKind, ActionResult, CallFailure, CallRecord, CallResult, ChildRun, Effect, Event,
    HttpCall, Step, StepStatus,
};
pub(crate) use request::RESERVED;
pub use state::{Run, RunContext};
