//! Every public code with its HTTP status and title: the only file with status codes. It does not know when a code applies,
//! nor the sentence that explains it.

use lambda_http::http::StatusCode;

/// The request was served.
pub(crate) const OK: StatusCode = StatusCode::OK;
/// A resource was created, or found by a repeated `Idempotency-Key`.
pub(crate) const CREATED: StatusCode = StatusCode::CREATED;
/// The request was recorded, and will be carried out.
pub(crate) const ACCEPTED: StatusCode = StatusCode::ACCEPTED;
/// The resource was deleted.
pub(crate) const NO_CONTENT: StatusCode = StatusCode::NO_CONTENT;
/// What a form of the console asked for is done; the page with the result is elsewhere.
pub const SEE_OTHER: StatusCode = StatusCode::SEE_OTHER;
/// A form was not sent from a page of the console.
pub const FORGED: StatusCode = StatusCode::FORBIDDEN;

/// Why a request was refused: the member `code` of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// A webhook URL without a workflow or a token.
    MissingWorkflowOrToken,
    /// The body is larger than the route allows.
    BodyTooLarge,
    /// There is no workflow of that id.
    WebhookNotFound,
    /// Refly's code for a webhook whose workflow is gone.
    CanvasNotFound,
    /// The token is that of no trigger of the workflow.
    InvalidToken,
    /// The trigger's allow list does not have the caller's address.
    IpNotAllowed,
    /// The signature is missing, stale or wrong.
    InvalidSignature,
    /// The path does not have this method.
    MethodNotAllowed,
    /// Workflows have called one another too often in a row.
    LoopDetected,
    /// The trigger is switched off.
    WebhookDisabled,
    /// The workflow is not active.
    WorkflowInactive,
    /// The org's plan does not allow it, or not so often.
    PlanLimitExceeded,
    /// The org has no credits left this month.
    InsufficientCredits,
    /// The body cannot be parsed.
    InvalidRequestBody,
    /// A required parameter of the trigger is missing, or of another type.
    MissingParameter,
    /// The body is compressed.
    UnsupportedEncoding,
    /// The sender's delivery id is malformed.
    InvalidDeliveryId,
    /// The workflow's token bucket is empty.
    RateLimited,
    /// The API key is missing or unknown.
    Unauthorized,
    /// The API key does not have the scope.
    ForbiddenScope,
    /// There is no such resource, or it belongs to another tenant.
    NotFound,
    /// The body has a field that the route does not know.
    UnknownField,
    /// A field has a wrong value.
    InvalidField,
    /// A query parameter has a wrong value.
    InvalidParameter,
    /// The cursor is not one of this list.
    InvalidCursor,
    /// The workflow definition has problems.
    InvalidDefinition,
    /// The workflow definition is too large.
    DefinitionTooLarge,
    /// The JSON Schema of an event type cannot be used.
    InvalidSchema,
    /// The event does not satisfy the schema of its type, or its type is not known.
    InvalidEvent,
    /// The URL of a receiver is of a kind that Sluice never calls.
    UrlNotAllowed,
    /// Refold's code for an unknown id.
    ResourceNotFound,
    /// copy.ai's code for a wrong field.
    ValidationError,
    /// The event is too large.
    EventTooLarge,
    /// The tenant has as many of these resources as it may.
    LimitReached,
    /// The `Idempotency-Key` is malformed.
    InvalidIdempotencyKey,
    /// The `Idempotency-Key` belongs to another request.
    IdempotencyKeyReused,
    /// Another workflow has this slug.
    SlugTaken,
    /// The resource was changed by another request at the same time.
    Conflict,
    /// The subscription is disabled.
    SubscriptionDisabled,
    /// An attempt at the delivery is in progress.
    DeliveryUnderWay,
    /// A subscription names the event type.
    EventTypeInUse,
    /// The event of the delivery is no longer stored.
    EventExpired,
    /// The execution has not ended.
    StillRunning,
    /// The sender waited for an execution, which did not succeed.
    ExecutionFailed,
    /// No request was captured that could become a sample.
    NothingCaptured,
    /// The trigger has no sample.
    NoSample,
    /// A record could not be read.
    Internal,
    /// AWS did not answer.
    Unavailable,
}

/// Status, public name, title.
type Row = (StatusCode, &'static str, &'static str);

impl Code {
    /// RFC 9110 section 15; 413 is its "Content Too Large", 508 comes from RFC 5842 section 7.2.
    fn row(self) -> Row {
        use StatusCode as S;
        match self {
            Self::MissingWorkflowOrToken => (
                S::BAD_REQUEST,
                "MISSING_WORKFLOW_OR_TOKEN",
                "Missing workflow or token",
            ),
            Self::BodyTooLarge => (S::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE", "Body too large"),
            Self::WebhookNotFound => (S::NOT_FOUND, "WEBHOOK_NOT_FOUND", "Webhook not found"),
            Self::CanvasNotFound => (S::NOT_FOUND, "CANVAS_NOT_FOUND", "Canvas not found"),
            Self::InvalidToken => (S::FORBIDDEN, "INVALID_TOKEN", "Invalid token"),
            Self::IpNotAllowed => (S::FORBIDDEN, "IP_NOT_ALLOWED", "Address not allowed"),
            Self::InvalidSignature => (S::FORBIDDEN, "INVALID_SIGNATURE", "Invalid signature"),
            Self::MethodNotAllowed => (
                S::METHOD_NOT_ALLOWED,
                "METHOD_NOT_ALLOWED",
                "Method not allowed",
            ),
            Self::LoopDetected => (S::LOOP_DETECTED, "LOOP_DETECTED", "Loop detected"),
            Self::WebhookDisabled => (S::FORBIDDEN, "WEBHOOK_DISABLED", "Webhook disabled"),
            Self::WorkflowInactive => (S::FORBIDDEN, "WORKFLOW_INACTIVE", "Workflow inactive"),
            Self::PlanLimitExceeded => (S::FORBIDDEN, "PLAN_LIMIT_EXCEEDED", "Plan limit exceeded"),
            Self::InsufficientCredits => (
                S::PAYMENT_REQUIRED,
                "INSUFFICIENT_CREDITS",
                "Insufficient credits",
            ),
            Self::InvalidRequestBody => (
                S::BAD_REQUEST,
                "INVALID_REQUEST_BODY",
                "Invalid request body",
            ),
            Self::MissingParameter => (
                S::BAD_REQUEST,
                "MISSING_PARAMETER",
                "Missing required parameter",
            ),
            Self::UnsupportedEncoding => (
                S::UNSUPPORTED_MEDIA_TYPE,
                "UNSUPPORTED_ENCODING",
                "Unsupported content encoding",
            ),
            Self::InvalidDeliveryId => {
                (S::BAD_REQUEST, "INVALID_DELIVERY_ID", "Invalid delivery id")
            }
            Self::RateLimited => (S::TOO_MANY_REQUESTS, "RATE_LIMITED", "Too many requests"),
            Self::Unauthorized => (S::UNAUTHORIZED, "UNAUTHORIZED", "Unauthorized"),
            Self::ForbiddenScope => (S::FORBIDDEN, "FORBIDDEN_SCOPE", "Scope missing"),
            Self::NotFound => (S::NOT_FOUND, "NOT_FOUND", "Not found"),
            Self::UnknownField => (S::BAD_REQUEST, "UNKNOWN_FIELD", "Unknown field"),
            Self::InvalidField => (S::BAD_REQUEST, "INVALID_FIELD", "Invalid field"),
            Self::InvalidParameter => (S::BAD_REQUEST, "INVALID_PARAMETER", "Invalid parameter"),
            Self::InvalidCursor => (S::BAD_REQUEST, "INVALID_CURSOR", "Invalid cursor"),
            Self::InvalidDefinition => (S::BAD_REQUEST, "INVALID_DEFINITION", "Invalid definition"),
            Self::DefinitionTooLarge => (
                S::PAYLOAD_TOO_LARGE,
                "DEFINITION_TOO_LARGE",
                "Definition too large",
            ),
            Self::InvalidSchema => (S::BAD_REQUEST, "INVALID_SCHEMA", "Invalid schema"),
            Self::InvalidEvent => (S::BAD_REQUEST, "INVALID_EVENT", "Invalid event"),
            Self::UrlNotAllowed => (S::BAD_REQUEST, "URL_NOT_ALLOWED", "URL not allowed"),
            // What refold answers to an id that it does not know.
            Self::ResourceNotFound => (S::BAD_REQUEST, "RESOURCE_NOT_FOUND", "Resource not found"),
            Self::ValidationError => (
                S::UNPROCESSABLE_ENTITY,
                "VALIDATION_ERROR",
                "Validation error",
            ),
            Self::EventTooLarge => (S::PAYLOAD_TOO_LARGE, "EVENT_TOO_LARGE", "Event too large"),
            Self::LimitReached => (S::CONFLICT, "LIMIT_REACHED", "Limit reached"),
            Self::InvalidIdempotencyKey => (
                S::BAD_REQUEST,
                "INVALID_IDEMPOTENCY_KEY",
                "Invalid Idempotency-Key",
            ),
            Self::IdempotencyKeyReused => (
                S::UNPROCESSABLE_ENTITY,
                "IDEMPOTENCY_KEY_REUSED",
                "Idempotency-Key reused",
            ),
            Self::SlugTaken => (S::CONFLICT, "SLUG_TAKEN", "Slug taken"),
            Self::Conflict => (S::CONFLICT, "CONFLICT", "Changed meanwhile"),
            Self::SubscriptionDisabled => (
                S::CONFLICT,
                "SUBSCRIPTION_DISABLED",
                "Subscription disabled",
            ),
            Self::DeliveryUnderWay => (S::CONFLICT, "DELIVERY_UNDER_WAY", "Delivery under way"),
            Self::EventTypeInUse => (S::CONFLICT, "EVENT_TYPE_IN_USE", "Event type in use"),
            Self::EventExpired => (S::CONFLICT, "EVENT_EXPIRED", "Event expired"),
            Self::NothingCaptured => (S::CONFLICT, "NOTHING_CAPTURED", "Nothing captured"),
            Self::NoSample => (S::CONFLICT, "NO_SAMPLE", "No sample"),
            Self::StillRunning => (S::CONFLICT, "STILL_RUNNING", "Execution has not ended"),
            Self::ExecutionFailed => (
                S::INTERNAL_SERVER_ERROR,
                "EXECUTION_FAILED",
                "Execution failed",
            ),
            Self::Internal => (S::INTERNAL_SERVER_ERROR, "INTERNAL", "Internal error"),
            Self::Unavailable => (S::SERVICE_UNAVAILABLE, "UNAVAILABLE", "Unavailable"),
        }
    }

    pub(crate) fn status(self) -> StatusCode {
        self.row().0
    }

    /// The public name, such as `RATE_LIMITED`.
    pub fn as_str(self) -> &'static str {
        self.row().1
    }

    pub(crate) fn title(self) -> &'static str {
        self.row().2
    }

    /// RFC 9457 section 3.1.1: a URI that names the type; it is stable, and resolves to nothing.
    pub(crate) fn type_uri(self) -> String {
        let name = self.as_str().to_ascii_lowercase().replace('_', "-");
        format!("urn:sluice:problem:{name}")
    }
}
