//! Events out: what receivers are told, when, and what their answers do.

mod attempts;
mod changes;
mod delivery;
mod reaching;
mod receivers;
mod silence;
mod templates;
