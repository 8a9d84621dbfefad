//! What every profile decodes a request into.

use domain::signature::SignedRequest;
use domain::{Secret, WebhookProfile, WebhookRequest, WorkflowId};

/// The command to trigger a workflow.
#[derive(Debug)]
pub struct TriggerWorkflow {
    /// The product whose request it is.
    pub profile: WebhookProfile,
    /// What the request names.
    pub address: HookAddress,
    /// The token of one of the workflow's triggers, as the request presents it.
    pub token: Secret,
    /// The request as it came in; credentials are still inside.
    pub request: WebhookRequest,
    /// The URL as the sender called it, with the token: some senders sign it.
    pub url: Secret,
    /// Whether its body is larger than [`domain::MAX_BODY_BYTES`], so that it is refused whatever the rest says.
    pub is_too_large: bool,
    /// Whether the URL is one whose answer comes from the execution, where the trigger would answer at once.
    pub awaits_output: bool,
}

/// What the URL of a webhook names.
#[derive(Debug)]
pub enum HookAddress {
    /// A workflow.
    Workflow(WorkflowId),
    /// A hook id, whose look-up names the workflow. It is the token of the trigger, too.
    HookId(Secret),
}

impl TriggerWorkflow {
    /// The origin of the page that sends the request: a browser writes it (Fetch standard, section 3.2).
    pub fn origin(&self) -> Option<&str> {
        self.request.header("origin")
    }

    /// The origin of a page that asks whether it may call the trigger.
    pub fn preflight_origin(&self) -> Option<&str> {
        self.request.header("access-control-request-method")?;
        self.origin()
    }

    /// What a signature can cover.
    pub fn signed(&self) -> SignedRequest<'_> {
        SignedRequest {
            request: &self.request,
            url: self.url.reveal(),
        }
    }
}
