//! Workflows, triggers, subscriptions and event types as files: read (`files`), compared with what there is (`plan`), carried
//! out in order (`run`), and written (`export`).

mod compare;
mod export;
mod fields;
mod files;
mod folder;
mod pairing;
mod plan;
mod run;
mod state;
mod step;

pub(crate) use export::export;
pub(crate) use files::read;
pub(crate) use plan::plan;
pub(crate) use run::run;
pub(crate) use state::State;
pub(crate) use step::{Action, Plan};
