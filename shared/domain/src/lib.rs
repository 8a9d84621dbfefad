//! Types and rules of Sluice. Time and randomness come in as values; nothing here knows AWS, HTTP
//! status codes, the environment, async code or the clock.

mod admission;
mod allow_list;
mod credential;
mod delivery;
mod document;
mod effect;
mod event;
mod execution;
mod id;
mod idempotency;
mod key;
mod lease;
pub mod outbound;
mod overdue;
mod rate_limit;
mod record;
mod request;
mod sealed;
mod secret_record;
pub mod signature;
mod tenant;
mod time;
mod trace;
mod trigger;
mod workflow;

pub use admission::{Admission, Knock, MAX_HOPS, Proof, Visitor, admit, recognize};
pub use allow_list::{InvalidNetwork, IpAllowList};
pub use credential::{Secret, SecretHash, TokenHashes};
pub use delivery::{DeliveryId, InvalidDeliveryId};
pub use document::DocumentName;
pub use effect::EffectKey;
pub use event::{UnreadableBody, event};
pub use execution::{Ending, Execution, Phase, Status, UnknownStatus};
pub use id::{
    ApiKeyId, EventId, ExecutionId, InvalidId, OrgId, OutboundId, Shard, SubscriptionId, TriggerId,
    WorkflowId,
};
pub use idempotency::{Fingerprint, IdempotencyKey, InvalidIdempotencyKey};
pub use key::{ApiKey, ApiKeyRecord, Caller, InvalidApiKey, Scope};
pub use lease::Lease;
pub use overdue::{Backlog, Received, Remedy, next_look_ms, remedy};
pub use rate_limit::{Bucket, Form, InvalidRateLimit, RateLimit, Verdict};
pub use record::{
    Expected, InvalidRecordKey, InvalidRecordTable, MAX_RECORD_BYTES, MAX_RECORDS, Record,
    RecordKey, RecordTable,
};
pub use request::{HOPS_HEADER, WebhookRequest, hops};
pub use sealed::{Sealed, SealedSecrets, SecretOwner};
pub use secret_record::{InvalidSecretName, MAX_SECRET_BYTES, SecretName, SecretRecord};
pub use tenant::{Environment, Tenant, UnknownTenant};
pub use time::{Clock, InvalidTimestamp, Timestamp};
pub use trace::TraceId;
pub use trigger::{HookMethod, Trigger, UnknownMethod};
pub use workflow::{InvalidSlug, MAX_DEFINITION_BYTES, Slug, Workflow};

/// The largest webhook body, in bytes after base64 decoding: 100 KB.
pub const MAX_BODY_BYTES: usize = 102_400;
