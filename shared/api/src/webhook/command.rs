//! What every profile decodes a request into.

use domain::signature::SignedRequest;
use domain::{Secret, WebhookRequest, WorkflowId};

/// The command to trigger a workflow.
#[derive(Debug)]
pub struct TriggerWorkflow {
    /// The workflow that the request names.
    pub workflow: WorkflowId,
    /// The token of one of its triggers, as the request presents it.
    pub token: Secret,
    /// The request as it came in; credentials are still inside.
    pub request: WebhookRequest,
    /// The URL as the sender called it, with the token: some senders sign it.
    pub url: Secret,
}

impl TriggerWorkflow {
    /// What a signature can cover.
    pub fn signed(&self) -> SignedRequest<'_> {
        SignedRequest {
            request: &self.request,
            url: self.url.reveal(),
        }
    }
}
