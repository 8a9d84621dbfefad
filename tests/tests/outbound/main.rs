//! Events out: what receivers are told, when, and what their answers do.

mod attempts;
mod delivery;
mod reaching;
mod receivers;
mod templates;
