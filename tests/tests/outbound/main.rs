//! Events out: which requests receivers get and when, and what follows from their responses.

mod attempts;
mod changes;
mod delivery;
mod fairness;
mod health;
mod reaching;
mod receivers;
mod silence;
mod templates;
