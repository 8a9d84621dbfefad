//! Configuration records: API keys, workflows, triggers, secrets, subscriptions and event types.

pub(crate) mod api_key_store;
pub(crate) mod authentication_record;
pub(crate) mod config_table;
pub(crate) mod event_types;
pub(crate) mod secrets;
pub(crate) mod subscription_tombstones;
pub(crate) mod subscriptions;
pub(crate) mod triggers;
pub(crate) mod workflow_names;
pub(crate) mod workflows;

pub use api_key_store::ApiKeyStore;
pub use config_table::{Changed, ConfigTable, Created};
pub use secrets::StoredSecret;
pub use subscriptions::{Subscribers, SubscriptionRecord};
pub use workflow_names::Named;
