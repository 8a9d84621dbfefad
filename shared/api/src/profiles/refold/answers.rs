//! The answers of the refold profile: webhooks, and refusals in the product's shape.

use domain::limits::MAX_PAGE_BYTES;
use domain::outbound::{Format, Subscription};
use domain::{Environment, OrgId, SubscriptionId, Timestamp, WorkflowId};
use lambda_http::{Body, Response};
use serde::Serialize;
use serde_json::json;

use super::{WHOLE_EVENT_TEMPLATE, names};
use crate::page::escaped_bytes;
use crate::problem::Problem;
use crate::status::Code;

/// The bytes of a list up to which templates are shown. All webhooks of a tenant without their templates take less than the rest of
/// an answer.
const MAX_BYTES_WITH_TEMPLATES: usize = MAX_PAGE_BYTES - 1_000_000;

/// A webhook as clients of refold see it. Headers are left out, because they often are credentials.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "RefoldWebhook"))]
pub struct WebhookView<'a> {
    /// Its id.
    _id: SubscriptionId,
    /// The org that it belongs to.
    org_id: OrgId,
    /// The environment that it belongs to.
    environment: Environment,
    /// Whether events are delivered.
    is_enabled: bool,
    /// The event types that are delivered.
    webhook_events: Vec<String>,
    /// The workflows whose events are delivered; empty for all.
    workflow_ids: &'a [WorkflowId],
    /// Where deliveries go.
    webhook_url: &'a str,
    /// The template of the body; `null` in a long list, which would not fit into an answer.
    webhook_body: Option<&'a str>,
    /// The method of requests.
    #[cfg_attr(test, schemars(extend("enum" = ["POST", "PUT", "PATCH"])))]
    method: &'static str,
    /// The form of the body.
    #[cfg_attr(test, schemars(extend("enum" = ["default", "slack", "custom"])))]
    webhook_type: &'static str,
    /// When it was created.
    #[serde(rename = "createdAt")]
    created_at: Timestamp,
    /// When it was last changed.
    #[serde(rename = "updatedAt")]
    updated_at: Timestamp,
    /// How often it was changed.
    __v: u64,
    /// The slug that events must have, where one was chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    slug: Option<&'a str>,
}

/// A refusal as clients of refold expect it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "RefoldProblem"))]
pub(crate) struct RefusalView {
    /// The HTTP status.
    status_code: u16,
    /// The name of the status.
    http_error_type: String,
    /// Why the request was refused.
    error: &'static str,
    /// What to do.
    message: String,
}

/// There is no such webhook of this profile and the caller's tenant.
pub fn not_found() -> Problem {
    Problem::new(Code::ResourceNotFound, "Webhook not found")
}

/// A problem in this profile's shape.
pub fn refuse(problem: Problem) -> Response<Body> {
    let message = match problem.place() {
        Some(field) => format!("{}: {}", field_name(&field), problem.detail()),
        None => problem.detail().to_owned(),
    };
    let body = json!(RefusalView {
        status_code: problem.status().as_u16(),
        http_error_type: error_type(&problem),
        error: problem.code().as_str(),
        message,
    });
    problem.respond_with(&body)
}

/// The profile's name of a field. Checks that need a lookup are shared with the native API and name its fields.
fn field_name(field: &str) -> &str {
    match field {
        "url" => "webhook_url",
        "workflowIds" => "workflow_ids",
        own => own,
    }
}

/// The reason phrase as a constant: `BAD_REQUEST`.
fn error_type(problem: &Problem) -> String {
    let reason = problem.status().canonical_reason().unwrap_or_default();
    reason.to_ascii_uppercase().replace([' ', '-'], "_")
}

/// A webhook as the product's document shows it.
pub fn view(subscription: &Subscription) -> WebhookView<'_> {
    let template = match &subscription.format {
        Format::Custom(template) => template,
        Format::Default | Format::Slack => WHOLE_EVENT_TEMPLATE,
    };
    WebhookView {
        _id: subscription.id,
        org_id: subscription.tenant.org,
        environment: subscription.tenant.environment,
        is_enabled: subscription.is_enabled(),
        webhook_events: names(subscription),
        workflow_ids: &subscription.workflow_ids,
        webhook_url: &subscription.url,
        webhook_body: Some(template),
        method: subscription.method.as_str(),
        webhook_type: subscription.format.name(),
        created_at: subscription.created_at,
        updated_at: subscription.updated_at,
        __v: subscription.revision.saturating_sub(1),
        slug: subscription.slug.as_deref(),
    }
}

/// The answer to `GET` of the list and to `DELETE`: an array of the tenant's webhooks, the oldest first. The product's document has
/// no pages; where the templates would make the answer too large for Lambda, the `webhook_body` of the later ones is null.
pub fn list(subscriptions: &[Subscription]) -> Vec<WebhookView<'_>> {
    let mut bytes = 0;
    let views = subscriptions.iter().map(|subscription| {
        let mut view = view(subscription);
        if bytes + shown_bytes(&view) > MAX_BYTES_WITH_TEMPLATES {
            view.webhook_body = None;
        }
        bytes += shown_bytes(&view);
        view
    });
    views.collect()
}

fn shown_bytes(view: &WebhookView<'_>) -> usize {
    escaped_bytes(&json!(view))
}
