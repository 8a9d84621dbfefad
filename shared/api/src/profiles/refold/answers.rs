//! The answers of the refold profile: webhooks, and refusals in the product's shape.

use domain::limits::MAX_PAGE_BYTES;
use domain::outbound::{Format, Subscription};
use lambda_http::{Body, Response};
use serde_json::{Value, json};

use super::{WHOLE_EVENT_TEMPLATE, names};
use crate::page::escaped_bytes;
use crate::problem::Problem;
use crate::status::Code;

/// The bytes of a list up to which templates are shown. All webhooks of a tenant without their templates take less than the rest of
/// an answer.
const MAX_BYTES_WITH_TEMPLATES: usize = MAX_PAGE_BYTES - 1_000_000;

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
    let body = json!({
        "status_code": problem.status().as_u16(),
        "http_error_type": error_type(&problem),
        "error": problem.code().as_str(),
        "message": message,
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

/// A webhook as the product's document shows it. Headers are left out, because they often are credentials.
pub fn view(subscription: &Subscription) -> Value {
    let template = match &subscription.format {
        Format::Custom(template) => template,
        Format::Default | Format::Slack => WHOLE_EVENT_TEMPLATE,
    };
    let mut view = json!({
        "_id": subscription.id,
        "org_id": subscription.tenant.org,
        "environment": subscription.tenant.environment,
        "is_enabled": subscription.is_enabled(),
        "webhook_events": names(subscription),
        "workflow_ids": subscription.workflow_ids,
        "webhook_url": subscription.url,
        "webhook_body": template,
        "method": subscription.method.as_str(),
        "webhook_type": subscription.format.name(),
        "createdAt": subscription.created_at,
        "updatedAt": subscription.updated_at,
        "__v": subscription.revision.saturating_sub(1),
    });
    if let Some(slug) = &subscription.slug {
        view["slug"] = json!(slug);
    }
    view
}

/// The answer to `GET` of the list and to `DELETE`: an array of the tenant's webhooks, the oldest first. The product's document has
/// no pages; where the templates would make the answer too large for Lambda, the `webhook_body` of the later ones is null.
pub fn list(subscriptions: &[Subscription]) -> Value {
    let mut bytes = 0;
    let views = subscriptions.iter().map(|subscription| {
        let mut view = view(subscription);
        if bytes + escaped_bytes(&view) > MAX_BYTES_WITH_TEMPLATES {
            view["webhook_body"] = Value::Null;
        }
        bytes += escaped_bytes(&view);
        view
    });
    views.collect()
}
