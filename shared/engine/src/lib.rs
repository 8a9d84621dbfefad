//! Interprets workflow documents of the CNCF Serverless Workflow DSL 1.0.
//!
//! Sans-I/O: [`Definition::parse`] checks a document, [`advance`] runs it until something outside has to happen, and
//! says what. Knows the workflow language and its state; never the network, the clock, or storage.

mod deep;
mod definition;
mod fault;
mod lines;
mod problem;
mod run;
mod sandbox;
mod schema;
mod secrets;
mod yaml;

pub use definition::Definition;
pub use fault::{Fault, FaultKind};
pub use lines::locate;
pub use problem::Problem;
pub use run::{
    Action, ActionKind, ActionResult, Advanced, CallFailure, CallRecord, CallResult, ChildRun,
    Effect, Event, HttpCall, MAX_TASKS, Run, RunContext, Step, StepStatus, advance,
};
pub use sandbox::{Sandbox, Stuck};
pub use schema::{Refusal as SchemaRefusal, Schema};
pub use secrets::Secrets;
pub use yaml::yaml_to_json;
