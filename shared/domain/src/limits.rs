//! The limits on what clients of the management API choose: sizes, counts and times. docs/limits.md lists them with
//! those of the other crates.

/// API keys of a tenant.
pub const MAX_API_KEYS: usize = 100;
/// Sessions of a tenant that have not ended. They are no API keys that somebody keeps, so they have a limit of their own.
pub const MAX_SESSIONS: usize = 100;
/// What `.` of an expression that is tried out may be, in bytes of compact JSON: 256 KB, so that its result fits an answer.
pub const MAX_EXPRESSION_INPUT_BYTES: usize = 262_144;
/// How long a session lasts at most, in seconds: 12 hours.
pub const MAX_SESSION_SECS: u32 = 43_200;
/// How far back a list of executions that have not ended looks without a `since`, in hours: what is older has ended, but for
/// long waits, and the index does not tell the two apart.
pub const IN_FLIGHT_HOURS: i64 = 24;
/// Triggers that the document of an org's webhooks describes.
pub const MAX_DESCRIBED_TRIGGERS: usize = 500;
/// Secrets of a tenant.
pub const MAX_SECRETS: usize = 500;
/// Workflows of a tenant, deleted ones left out.
pub const MAX_WORKFLOWS: usize = 1_000;
/// Versions of the definition of a workflow.
pub const MAX_WORKFLOW_VERSIONS: u64 = 1_000;
/// Triggers of a workflow. The configuration that a webhook is checked against holds all of them.
pub const MAX_TRIGGERS: usize = 50;
/// The time-out that clients of the refly profile set, in seconds.
pub const MAX_REFLY_TIMEOUT_SECS: u32 = 86_400;
/// Executions that the webhooks of a workflow may begin through the refly profile in a day of UTC, where the org has no limit
/// a day: the product's own number.
pub const REFLY_WEBHOOKS_PER_DAY: u32 = 10_000;
/// How far the history of the refly profile can be paged, in records. Up to [`COUNTED_REFLY_RECORDS`] the total is exact.
pub const MAX_REFLY_HISTORY_RECORDS: usize = 10_000;
/// The records that the history of the refly profile counts, whatever page is asked for.
pub const COUNTED_REFLY_RECORDS: usize = 1_000;
/// Networks in the allow list of a trigger.
pub const MAX_NETWORKS: usize = 100;
/// Origins whose pages may call a trigger.
pub const MAX_CORS_ORIGINS: usize = 20;
/// Parameters of a trigger, and key-value pairs that a sample is made from.
pub const MAX_PARAMETERS: usize = 100;
/// The names and descriptions of a trigger's parameters together, in bytes. Every webhook is checked against all triggers
/// of its workflow, so what they hold has to be small.
pub const MAX_PARAMETERS_BYTES: usize = 6_144;
/// The name of a parameter, in bytes.
pub const MAX_PARAMETER_NAME_BYTES: usize = 200;

/// The name of a workflow or API key, in characters.
pub const MAX_NAME_CHARS: usize = 200;
/// The description of an event type or a parameter, in characters.
pub const MAX_DESCRIPTION_CHARS: usize = 1_000;
/// The JSON Schema of an event type, in bytes as compact JSON: 64 KB.
pub const MAX_SCHEMA_BYTES: usize = 65_536;

/// The URL of a subscription, in characters.
pub const MAX_URL_CHARS: usize = 2_048;
/// Event types of a subscription.
pub const MAX_SUBSCRIBED_EVENTS: usize = 100;
/// Workflows of a subscription.
pub const MAX_SUBSCRIBED_WORKFLOWS: usize = 100;
/// Headers that a subscription adds to its deliveries.
pub const MAX_SUBSCRIPTION_HEADERS: usize = 50;
/// The slug that a subscription or a published event names, in characters.
pub const MAX_EVENT_SLUG_CHARS: usize = 100;
/// Deliveries that one request recovers.
pub const MAX_RECOVERED_DELIVERIES: usize = 1_000;
/// The most executions that one request to `/v1/replays` looks at; a cursor leads to the rest.
pub const MAX_REPLAYED_EXECUTIONS: usize = 1_000;

/// How long an old token or secret may work beside its successor, in seconds: 7 days.
pub const MAX_OVERLAP_SECS: u32 = 604_800;

/// Items on a page of a list.
pub const MAX_PAGE_ITEMS: usize = 100;
/// Items on a page of a list, where the client does not say.
pub const DEFAULT_PAGE_ITEMS: usize = 20;
/// The items of one page, in bytes as they are answered. Lambda answers at most 6,291,556 bytes, the headers and the
/// names around the items included.
pub const MAX_PAGE_BYTES: usize = 5_000_000;
/// The output of an execution, in bytes as it is answered. A larger one is replaced by a note of its size.
pub const MAX_SHOWN_OUTPUT_BYTES: usize = 2_500_000;
/// Any other value of an execution or a step, in bytes as it is answered. A larger one is replaced by a note of its
/// size.
pub const MAX_SHOWN_VALUE_BYTES: usize = 1_000_000;
/// Steps on a page of an execution's steps.
pub const MAX_PAGE_STEPS: usize = 1_000;
/// Steps on a page of an execution's steps, where the client does not say.
pub const DEFAULT_PAGE_STEPS: usize = 100;

/// A file, in bytes: 50 MB.
pub const MAX_FILE_BYTES: u64 = 52_428_800;
/// The files of one request whose body has them, in bytes: 4 MB. Lambda takes 6 MB of JSON, in which they are base64.
pub const MAX_UPLOAD_BYTES: usize = 4_194_304;
/// What an upload has besides the bytes of its files, in bytes: 64 KB of boundaries, headers of parts and other fields.
pub const MAX_UPLOAD_FRAMING_BYTES: usize = 65_536;
/// Files of one upload.
pub const MAX_UPLOAD_FILES: usize = 10;
/// Parts of one upload, files and others.
pub const MAX_UPLOAD_PARTS: usize = 20;
/// The name of a file, in bytes.
pub const MAX_FILE_NAME_BYTES: usize = 255;
/// The content type of a file, in bytes.
pub const MAX_CONTENT_TYPE_BYTES: usize = 127;
/// How long a file is kept that no execution has used, in hours.
pub const UNUSED_FILE_HOURS: i64 = 24;
/// How long a file is kept at most, in days, however long the executions are kept that used it.
pub const MAX_FILE_DAYS: i64 = 1_000;
/// How long a URL works to which a file is uploaded, in seconds: 15 minutes.
pub const FILE_UPLOAD_URL_SECS: u32 = 900;
/// How long a URL works from which a step's receiver reads a file, in seconds: longer than a step's call takes.
pub const FILE_URL_SECS: u32 = 300;
/// Files that the variables of one event may name.
pub const MAX_EVENT_FILES: usize = 20;
