//! The pages, one file for each.

pub(crate) mod definition;
pub(crate) mod deliveries;
mod editor;
pub(crate) mod event_types;
pub(crate) mod execution;
pub(crate) mod execution_actions;
pub(crate) mod executions;
pub(crate) mod expressions;
pub(crate) mod find;
mod graph;
pub(crate) mod home;
pub(crate) mod reference;
pub(crate) mod refused;
pub(crate) mod replays;
mod request;
pub(crate) mod settings;
pub(crate) mod sign_in;
pub(crate) mod subscription;
mod subscription_form;
pub(crate) mod subscriptions;
mod timeline;
pub(crate) mod trigger;
mod trigger_refusal;
mod trigger_sample;
mod trigger_settings;
pub(crate) mod versions;
pub(crate) mod workflow;
pub(crate) mod workflows;

pub(crate) use graph::Graphs;
