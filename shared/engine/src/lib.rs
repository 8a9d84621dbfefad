//! Interprets workflow documents of the Open Workflow Specification 1.0 (formerly Serverless Workflow).
//!
//! Without I/O: [`Definition::parse`] checks a document, and [`advance`] runs it until it needs something from outside,
//! which the caller performs. Knows the workflow language and the state of a run; never the network, the clock, or storage.

#![warn(missing_docs)]

mod definition;
mod expressions;
mod fault;
mod graph;
mod json_text;
mod limits;
mod nesting;
mod problem;
mod run;
mod sandbox;
mod schema;
mod secrets;
mod source_map;
mod uri;
mod yaml;

pub use definition::Definition;
pub use expressions::{evaluate, expression_problems};
pub use fault::{Fault, FaultKind};
pub use graph::{Graph, GraphEdge, GraphEdgeKind, GraphNode};
pub use json_text::{MAX_VALUES, has_too_many_values};
pub use problem::Problem;
pub use run::{
    Action, ActionKind, ActionResult, Advanced, CallFailure, CallRecord, CallResult, ChildRun,
    Effect, Event, FormPart, HttpCall, MAX_STATE_BYTES, MAX_TASKS, PartValue, Run, RunContext,
    Step, StepStatus, Upload, advance,
};
pub use sandbox::{Sandbox, Stuck, StuckCause};
pub use schema::{Refusal as SchemaRefusal, Schema};
pub use secrets::Secrets;
pub use source_map::locate;
pub use yaml::yaml_to_json;
