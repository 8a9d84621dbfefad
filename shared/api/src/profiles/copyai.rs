//! The copyai profile: `/api/webhook`, with the key in `x-copy-ai-api-key`. A webhook gets one event type, of one
//! workflow or of all.

use domain::ApiKey;
use domain::outbound::{EventType, Profile, Subscription};
use lambda_http::{Body, Response};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::auth;
use crate::body;
use crate::inbound::Inbound;
use crate::problem::Problem;
use crate::resources::subscription::{Draft, Field, FieldError, SubscriptionFields};
use crate::status::Code;

const DEFAULT_SIZE: usize = 20;
const MAX_SIZE: usize = 100;

/// Which page of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// The largest number of webhooks on a page.
    pub size: usize,
    /// The number of the page, from 1.
    pub number: usize,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields {
    url: Option<String>,
    event_type: Option<String>,
    workflow_id: Option<String>,
}

/// The API key in this profile's own header, or where the native API has it.
pub fn presented(inbound: &Inbound) -> Result<ApiKey, Problem> {
    auth::presented_in(inbound, "x-copy-ai-api-key")
}

/// Reads the body of `POST`. Without a workflow, or with an empty one, the webhook gets the events of every workflow.
pub fn create(inbound: &Inbound) -> Result<Draft, Problem> {
    let fields: Fields = body::lenient(&body::object(inbound)?)?;
    let workflow = fields.workflow_id.filter(|id| !id.is_empty());
    Draft::parse(SubscriptionFields {
        profile: Profile::CopyAi,
        event_names: Profile::CopyAi,
        url: fields.url,
        events: fields.event_type.into_iter().collect(),
        workflow_ids: workflow.into_iter().collect(),
        slug: None,
        format: None,
        template: None,
        method: None,
        headers: Vec::new(),
        enabled: true,
    })
    .map_err(|error| problem(&error))
}

fn problem(error: &FieldError) -> Problem {
    match error.field {
        Field::Events => {
            let names: Vec<String> = EventType::all(Profile::CopyAi)
                .filter_map(|event| event.name(Profile::CopyAi).map(str::to_owned))
                .collect();
            let reason = format!("The event types are {}.", names.join(", "));
            Problem::invalid_field("/eventType", reason)
        }
        Field::WorkflowIds => Problem::invalid_field("/workflowId", error.reason.clone()),
        // The other fields have the values that `create` gives them, which are valid.
        Field::Url
        | Field::Slug
        | Field::Format
        | Field::Template
        | Field::Method
        | Field::Headers => Problem::invalid_field("/url", error.reason.clone()),
    }
}

/// Reads the query of a list: `size` (20 by default, at most 100) and `page` (1, the first, by default).
pub fn page(inbound: &Inbound) -> Result<Page, Problem> {
    let size = number(inbound, "size", DEFAULT_SIZE)?;
    if size > MAX_SIZE {
        let detail = format!("size is at most {MAX_SIZE}.");
        return Err(Problem::invalid_parameter("size", detail));
    }
    Ok(Page {
        size,
        number: number(inbound, "page", 1)?,
    })
}

fn number(inbound: &Inbound, name: &str, default: usize) -> Result<usize, Problem> {
    let parse = |text: &str| text.parse().ok().filter(|number| *number > 0);
    let invalid = || Problem::invalid_parameter(name, format!("{name} is a whole number from 1."));
    inbound
        .parameter(name)
        .map_or(Ok(default), |text| parse(text).ok_or_else(invalid))
}

/// There is no such webhook of this profile and the caller's tenant.
pub fn not_found() -> Problem {
    Problem::new(Code::WebhookNotFound, "There is no such webhook.")
}

/// A problem in this profile's shape. A wrong field or parameter is a validation error, whose `details` name it. A
/// valid URL that the deployment does not deliver to stays a 400.
pub fn refuse(problem: Problem) -> Response<Body> {
    let Some(field) = problem.place() else {
        let body = json!({"status": "error", "errorCode": problem.code().as_str()});
        return problem.respond_with(&body);
    };
    let details = Map::from_iter([(field_name(field), Value::from(problem.detail()))]);
    let refused = match problem.code() {
        Code::UrlNotAllowed => problem,
        _ => Problem::new(Code::ValidationError, problem.detail()),
    };
    let code = refused.code().as_str();
    refused.respond_with(&json!({"status": "error", "errorCode": code, "details": details}))
}

/// The profile's name of a field. Checks that need a lookup are shared with the native API and name its fields.
fn field_name(field: String) -> String {
    match field.as_str() {
        "workflowIds" => "workflowId".to_owned(),
        _ => field,
    }
}

/// One webhook: the answer to `POST`, `GET` and `DELETE`.
pub fn answer(subscription: &Subscription) -> Value {
    json!({"status": "success", "data": data(subscription)})
}

/// One page of the tenant's webhooks.
pub fn list(subscriptions: &[Subscription], page: Page) -> Value {
    let before = page.size.saturating_mul(page.number - 1);
    let shown = subscriptions.iter().skip(before).take(page.size);
    json!({
        "total": subscriptions.len(),
        "data": shown.map(data).collect::<Vec<_>>(),
    })
}

fn data(subscription: &Subscription) -> Value {
    let event = subscription.events.first();
    let workflow = subscription.workflow_ids.first();
    json!({
        "id": subscription.id,
        "url": subscription.url,
        "eventType": event.and_then(|event| event.name(Profile::CopyAi)),
        "workflowId": workflow.map(ToString::to_string).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests;
