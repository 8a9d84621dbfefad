//! Every public code with its HTTP status and title: the one file with status codes. It does not
//! know when a code applies, nor the sentence that goes with it.

use lambda_http::http::StatusCode;

/// A request was served, and the answer says what came of it.
pub(crate) const OK: StatusCode = StatusCode::OK;
/// A resource was made, or a repeat of its `Idempotency-Key` found it.
pub(crate) const CREATED: StatusCode = StatusCode::CREATED;
/// What was asked for will happen.
pub(crate) const ACCEPTED: StatusCode = StatusCode::ACCEPTED;
/// A resource is gone.
pub(crate) const NO_CONTENT: StatusCode = StatusCode::NO_CONTENT;

/// What went wrong, as a client reads it in the member `code` of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    MissingWorkflowOrToken,
    BodyTooLarge,
    WebhookNotFound,
    InvalidToken,
    IpNotAllowed,
    InvalidSignature,
    MethodNotAllowed,
    LoopDetected,
    WebhookDisabled,
    WorkflowInactive,
    InvalidRequestBody,
    UnsupportedEncoding,
    InvalidDeliveryId,
    RateLimited,
    Unauthorized,
    ForbiddenScope,
    NotFound,
    UnknownField,
    InvalidField,
    InvalidParameter,
    InvalidCursor,
    InvalidDefinition,
    DefinitionTooLarge,
    InvalidSchema,
    InvalidEvent,
    UrlNotAllowed,
    ResourceNotFound,
    ValidationError,
    EventTooLarge,
    LimitReached,
    InvalidIdempotencyKey,
    IdempotencyKeyReused,
    SlugTaken,
    Conflict,
    SubscriptionDisabled,
    DeliveryUnderWay,
    EventTypeInUse,
    EventExpired,
    StillRunning,
    Internal,
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
            Self::InvalidRequestBody => (
                S::BAD_REQUEST,
                "INVALID_REQUEST_BODY",
                "Invalid request body",
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
            Self::StillRunning => (S::CONFLICT, "STILL_RUNNING", "Execution has not ended"),
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
