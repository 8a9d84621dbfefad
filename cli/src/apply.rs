//! Workflows, triggers, subscriptions and event types as files: read (`files`), compared with what there is (`plan`), carried
//! out in order (`run`), and written (`export`).

mod compare;
mod export;
mod files;
mod plan;
mod run;
mod state;

pub(crate) use export::export;
pub(crate) use files::read;
pub(crate) use plan::{Action, Plan, plan};
pub(crate) use run::run;
pub(crate) use state::State;
