//! Records an execution of a request, and enqueues it. It does not know why a request is recorded.

use std::time::Duration;

use domain::{
    Authentication, CreditAccount, Execution, ExecutionId, Fingerprint, MatchedTrigger,
    SenderDeliveryId, Timestamp, Trigger, WebhookRequest,
};
use store::{AcceptOutcome, InitialStatus, Message, NewExecution, Nonce, StoreError};

use crate::App;

/// How a request is recorded.
pub(crate) struct Recording {
    pub(crate) delivery_id: Option<SenderDeliveryId>,
    pub(crate) fingerprint: Option<Fingerprint>,
    pub(crate) initial_status: InitialStatus,
    pub(crate) credits: Option<CreditAccount>,
    pub(crate) nonce: Nonce,
}

/// Where the message cannot be sent, the sweep finds the execution, which is due again soon, and sends it.
pub(crate) async fn enqueue(app: &App, execution: &Execution) {
    let message = Message::Run {
        execution_id: execution.id,
    };
    app.aws
        .execution_queue
        .send_or_leave_to_sweep(message, execution.tenant.org, Duration::ZERO)
        .await;
}

/// The request as it may be stored: without credentials. A request that is allowed by a trigger with authentication was
/// verified, and is stored with the scheme that verified it.
pub(crate) fn storable(trigger: &Trigger, request: WebhookRequest) -> WebhookRequest {
    let asked = trigger.authentication.as_ref();
    WebhookRequest {
        verified_by: asked.map(Authentication::kind),
        ..request.without_credentials()
    }
}

impl App {
    /// Records an execution of the request, which is [`storable`].
    pub(crate) async fn record(
        &self,
        matched: MatchedTrigger<'_>,
        request: &WebhookRequest,
        recording: &Recording,
        now: Timestamp,
    ) -> Result<AcceptOutcome, StoreError> {
        let MatchedTrigger { workflow, trigger } = matched;
        let id = match &recording.delivery_id {
            Some(delivery) => Execution::id_for_delivery(workflow.id, trigger.id, delivery),
            None => ExecutionId::random(now, self.aws.random.u128()),
        };
        let new = NewExecution {
            id,
            tenant: workflow.tenant,
            workflow_id: workflow.id,
            workflow_version: workflow.version,
            trigger_id: trigger.id,
            delivery_id: recording.delivery_id.clone(),
            parent_id: None,
            is_test: false,
            is_edited: false,
            fingerprint: recording.fingerprint.as_ref(),
            request,
            initial_status: recording.initial_status,
            credits: recording.credits,
        };
        let executions = &self.aws.executions;
        executions.accept(&new, now, &recording.nonce).await
    }
}
