//! What can become of a request to a webhook URL. Each profile has an answer to every variant.

use domain::signature::Refusal;
use domain::{
    Answer, ExecutionId, HookMethod, MissingParameters, Status, TriggerId, UnreadableBody,
};

/// The result of a request to trigger a workflow.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// An execution is recorded, and will reach a terminal state.
    Accepted {
        /// The new execution.
        execution: ExecutionId,
        /// The trigger that was called.
        trigger: TriggerId,
    },
    /// The delivery id was seen before.
    Duplicate {
        /// The execution of the first request with that id.
        execution: ExecutionId,
        /// The trigger that was called, both times.
        trigger: TriggerId,
        /// What became of that execution so far.
        status: Status,
        /// Whether the first request had another body.
        body_differs: bool,
    },
    /// The event does not satisfy the trigger's condition, so nothing is recorded.
    Ignored,
    /// The trigger has an answer of its own, or its execution gave one.
    Answered {
        /// The execution of this request, or of the first one with its delivery id.
        execution: ExecutionId,
        /// What is sent, in every profile alike.
        answer: Answer,
    },
    /// The sender would wait for the answer of its execution, which is not there in time.
    Pending {
        /// The execution, whose result can be read later.
        execution: ExecutionId,
        /// The trigger that accepted it.
        trigger: TriggerId,
    },
    /// The sender waited for its execution, which did not succeed; the trigger has no answer of its own to that.
    ExecutionFailed {
        /// The execution.
        execution: ExecutionId,
        /// What went wrong, in a few words that are meant for the sender.
        title: String,
    },
    /// The request is the sample of its trigger now, and triggers nothing.
    Captured,
    /// The path is no webhook URL.
    NoRoute,
    /// The URL names no workflow, or has no token.
    MissingWorkflowOrToken,
    /// The body is larger than [`domain::MAX_BODY_BYTES`].
    BodyTooLarge,
    /// There is no such workflow.
    WebhookNotFound,
    /// The hook id is right, and its workflow was deleted.
    WorkflowDeleted,
    /// The token is that of no trigger of the workflow.
    InvalidToken,
    /// The caller's address is not in the trigger's allow list.
    IpNotAllowed,
    /// The trigger asks for a signature, and the request's is missing, stale or wrong.
    InvalidSignature(Refusal),
    /// The trigger does not allow the method.
    MethodNotAllowed {
        /// The methods that it allows.
        allow: Vec<HookMethod>,
    },
    /// Workflows have called one another too often in a row.
    LoopDetected,
    /// The trigger is switched off.
    Disabled,
    /// The workflow is not active; the refusal is recorded.
    Inactive {
        /// The execution that records the refusal.
        execution: ExecutionId,
    },
    /// The plan of the org has no webhook triggers, or the limit that it sets is reached.
    PlanLimit {
        /// When the limit allows the next one; `None` where the plan allows none at all.
        retry_after_ms: Option<i64>,
    },
    /// The org has no credits left this month.
    NoCredits,
    /// The body does not parse under its content type.
    UnreadableBody(UnreadableBody),
    /// Required parameters of the trigger are missing, or have another type.
    MissingParameters(MissingParameters),
    /// The delivery id is too long, or has other characters than visible ASCII.
    InvalidDeliveryId,
    /// The workflow's token bucket is empty.
    RateLimited {
        /// When it has a token again.
        retry_after_ms: i64,
    },
    /// A store did not answer: whether an execution was recorded is unknown, so a sender that repeats the request
    /// should do so with a delivery id.
    Unavailable,
    /// A record could not be read; the log has the cause.
    Internal,
}

impl Outcome {
    /// What a request is refused with whose URL is that of no webhook: its size comes first, as that of any other.
    pub(super) fn not_found(is_too_large: bool) -> Self {
        match is_too_large {
            true => Self::BodyTooLarge,
            false => Self::WebhookNotFound,
        }
    }

    /// Whether the request is refused for what it is, or for what its trigger, workflow or org allows. Where AWS fails,
    /// nothing is said of the request.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Accepted { .. }
            | Self::Duplicate { .. }
            | Self::Ignored
            | Self::Answered { .. }
            | Self::Pending { .. }
            | Self::ExecutionFailed { .. }
            | Self::Captured
            | Self::Unavailable
            | Self::Internal => false,
            Self::NoRoute
            | Self::MissingWorkflowOrToken
            | Self::BodyTooLarge
            | Self::WebhookNotFound
            | Self::WorkflowDeleted
            | Self::InvalidToken
            | Self::IpNotAllowed
            | Self::InvalidSignature(_)
            | Self::MethodNotAllowed { .. }
            | Self::LoopDetected
            | Self::Disabled
            | Self::Inactive { .. }
            | Self::PlanLimit { .. }
            | Self::NoCredits
            | Self::UnreadableBody(_)
            | Self::MissingParameters(_)
            | Self::InvalidDeliveryId
            | Self::RateLimited { .. } => true,
        }
    }
}
