//! Runs a workflow, one slice at a time. Knows the definition and the state; nothing of whoever performs the effects.

mod advance;
mod arguments;
mod attempt;
mod authentication;
mod branches;
mod deadline;
mod delay;
mod describing;
mod descriptors;
mod digest;
mod effect;
mod enter;
mod history;
mod leave;
mod looping;
mod machine;
mod openapi;
mod request;
mod response;
mod state;

#[cfg(test)]
mod tests;

pub use advance::{Advanced, MAX_TASKS, advance};
pub use effect::{CallFailure, CallRecord, CallResult, Effect, Event, HttpCall, Step, StepStatus};
pub use state::{Run, RunContext};
