//! The types and rules of Sluice. Time and randomness are arguments; nothing here knows AWS, HTTP status codes, environment
//! variables, async code or the clock.

#![warn(missing_docs)]

mod allow_list;
mod allowance;
mod answer;
mod app_authorization;
mod authentication;
mod authorization;
mod capture;
mod charset;
mod condition;
mod cors;
mod cost;
mod credential;
mod credits;
mod cursor;
mod day_limit;
mod delivery_id_location;
mod document;
mod effect;
mod event;
mod execution;
mod file;
mod form;
mod id;
mod idempotency;
mod json_check;
mod json_text;
mod key;
pub mod limits;
mod org;
pub mod outbound;
mod overdue;
mod parameter;
mod quota;
mod rate_limit;
mod record;
mod refly_timeout;
mod refused_request;
mod request;
mod sample;
mod sealed;
mod secret_record;
mod sender_delivery_id;
pub mod signature;
mod step_position;
mod tenant;
mod time;
mod token_block;
mod trace;
mod trigger;
mod trigger_response;
mod usage;
mod webhook_profile;
mod workflow;
mod xml;

pub use allow_list::{InvalidNetwork, IpAllowList};
pub use allowance::Allowance;
pub use answer::{Answer, AnswerParts, InvalidAnswer, MAX_ANSWER_BYTES, MAX_ANSWER_HEADERS};
pub use app_authorization::{
    AppAuthorization, AppClaim, AppCredentials, StoredAppKeys, without_app_credentials,
};
pub use authentication::{Authentication, SignatureAuthentication};
pub use authorization::{
    AuthorizationRequest, Decision, MAX_HOPS, MatchedTrigger, SignatureVerdict, capture_window,
    decide, inquire, match_trigger,
};
pub use capture::{
    CAPTURE_KEPT_SECS, CAPTURE_OPENS_AFTER_MS, CAPTURE_WINDOW_SECS, CaptureId, CaptureState,
    CaptureWindow, CapturedRequest,
};
pub use condition::{Condition, ConditionFailed, InvalidCondition, MAX_CONDITION_BYTES};
pub use cors::{CorsOrigins, InvalidOrigin, MAX_ORIGIN_CHARS};
pub use cost::Cost;
pub use credential::{Secret, SecretHash, TokenHashes};
pub use credits::{CreditAccount, CreditShard, MIN_SHARDED_CREDITS, Month};
pub use cursor::Cursor;
pub use day_limit::{DayCount, DayStep, DayVerdict};
pub use delivery_id_location::{
    DeliveryIdLocation, InvalidDeliveryIdLocation, JsonPath, MAX_DELIVERY_ID_PATH_BYTES,
};
pub use document::DocumentName;
pub use effect::EffectKey;
pub use event::{UnreadableBody, check_event, event};
pub use execution::{Ending, Execution, Phase, Status, UnknownStatus};
pub use file::{
    ContentType, FileDay, FileName, FileQuota, FileState, InvalidContentType, InvalidFileName,
    KeptDays, NamedFiles, StoredFile, named_files,
};
pub use id::{
    ApiKeyId, DeliveryId, EventId, ExecutionId, FileKey, InvalidId, OrgId, Shard, SubscriptionId,
    TriggerId, WorkflowId,
};
pub use idempotency::{Fingerprint, IdempotencyKey, InvalidIdempotencyKey};
pub use json_text::read_json;
pub use key::{ApiKey, ApiKeyRecord, Caller, InvalidApiKey, Scope};
pub use org::{MAX_ORG_LIMIT, MAX_ORG_NAME_CHARS, Org, OrgLimits, Plan, UnknownPlan};
pub use overdue::{Backlog, Received, RecoveryAction, recovery_action, redrive_backoff_ms};
pub use parameter::{
    InferredParameters, InvalidEvent, InvalidParameterName, InvalidParameters, MissingParameters,
    Parameter, ParameterField, ParameterPlace, ParameterType, Parameters, body_names, body_path,
    infer_parameters, read_parameters,
};
pub use quota::Quota;
pub use rate_limit::{Bucket, BucketPhase, InvalidRateLimit, RateLimit, Verdict};
pub use record::{
    Expected, InvalidRecordKey, InvalidRecordTable, MAX_RECORD_BYTES, MAX_RECORDS, Record,
    RecordKey, RecordTable,
};
pub use refly_timeout::{InvalidReflyTimeout, ReflyTimeout};
pub use refused_request::{
    CalledTrigger, MAX_REFUSED_HEADERS, REFUSED_REQUEST_DAYS, RefusedRequest,
};
pub use request::{HOPS_HEADER, WebhookRequest, hops};
pub use sample::{Pair, Sample, SampleOrigin};
pub use sealed::{Sealed, SealedSecrets, SecretOwner};
pub use secret_record::{InvalidSecretName, MAX_SECRET_BYTES, SecretName, SecretRecord};
pub use sender_delivery_id::{InvalidSenderDeliveryId, SenderDeliveryId};
pub use step_position::StepPosition;
pub use tenant::{Environment, Tenant, UnknownTenant};
pub use time::{Clock, InvalidTimestamp, Timestamp};
pub use token_block::TokenBlock;
pub use trace::TraceId;
pub use trigger::{HookMethod, Trigger, UnknownMethod};
pub use trigger_response::{
    AnswerTemplate, ExecutionAnswer, MAX_RESPONSE_BYTES, StatusTemplate, TriggerResponse,
};
pub use usage::{Day, InvalidDay, USAGE_DAYS, UsageCounts, UsageKind};
pub use webhook_profile::{UnknownProfile, WebhookProfile};
pub use workflow::{InvalidSlug, MAX_DEFINITION_BYTES, Slug, Workflow};

/// The largest webhook body, in bytes after base64 decoding: 100 KB.
pub const MAX_BODY_BYTES: usize = 102_400;
