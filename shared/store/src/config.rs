//! Configuration records: orgs, API keys, workflows, triggers, secrets, subscriptions and event types.

mod api_key_store;
mod authentication_record;
mod capture_record;
mod event_types;
mod hook_ids;
mod org_item;
mod orgs;
mod parameter_record;
mod samples;
mod secrets;
mod subscription_item;
mod subscription_tombstones;
mod subscriptions;
mod trigger_item;
mod triggers;
mod watches;
mod workflow_item;
mod workflow_lists;
mod workflow_names;
mod workflow_versions;
mod workflows;

pub use api_key_store::ApiKeyStore;
pub use event_types::EventTypes;
pub use hook_ids::{HookIds, HookOwner, HookTarget};
pub use orgs::{OrgRecord, Orgs};
pub use samples::Samples;
pub use secrets::{SecretOutcome, Secrets};
pub use subscriptions::{Subscribers, SubscriptionRecord, Subscriptions};
pub use triggers::Triggers;
pub use watches::SubscriptionWatches;
pub use workflow_names::{NamedVersion, WorkflowNameIndex};
pub use workflows::Workflows;
