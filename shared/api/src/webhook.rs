//! Requests to webhook URLs. A *profile* speaks the language of one product: it decodes the product's request into the
//! one command there is, and encodes every outcome of that command into the product's answer. Nothing here knows the
//! configuration, nor how an execution is recorded.

mod chosen_answer;
mod command;
mod hap;
pub mod inquiry;
pub mod native;
mod outcome;
mod profile;
pub mod refly;
#[cfg(test)]
mod test_outcomes;

pub use command::{HookAddress, TriggerWorkflow};
pub use inquiry::Inquiry;
pub use outcome::Outcome;
pub use profile::{check_body, decode, encode, profile_of_route, refusal_code, url};
