//! Events out: what receivers are told, when, and what their answers do.

mod changes;
mod delivery;
mod receivers;
mod silence;
