//! The copyai profile: `/api/webhook`, with the key in `x-copy-ai-api-key`. A webhook gets one event type, of one
//! workflow or of all.

use std::ops::RangeInclusive;

use domain::ApiKey;
use domain::outbound::{EventType, Profile, Subscription};
use lambda_http::{Body, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::auth;
use crate::body;
use crate::inbound::Inbound;
use crate::problem::Problem;
use crate::resources::subscription::{Draft, Field, FieldError, SubscriptionFields};
use crate::status::Code;

const DEFAULT_SIZE: usize = 10;
const MAX_SIZE: usize = 100;

/// Which page of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// The largest number of webhooks on a page.
    pub size: usize,
    /// The number of the page, from 0.
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
        // A text that cannot be an id belongs to no workflow.
        Field::WorkflowIds => not_found(),
        // The other fields have the values that `create` gives them, which are valid.
        Field::Url
        | Field::Slug
        | Field::Format
        | Field::Template
        | Field::Method
        | Field::Headers => Problem::invalid_field("/url", error.reason.clone()),
    }
}

/// Reads the query of a list: `size` (10 by default, at most 100) and `page` (0, the first, by default).
pub fn page(inbound: &Inbound) -> Result<Page, Problem> {
    Ok(Page {
        size: number(inbound, "size", 1..=MAX_SIZE, DEFAULT_SIZE)?,
        number: number(inbound, "page", 0..=usize::MAX, 0)?,
    })
}

fn number(
    inbound: &Inbound,
    name: &str,
    allowed: RangeInclusive<usize>,
    default: usize,
) -> Result<usize, Problem> {
    let Some(text) = inbound.parameter(name) else {
        return Ok(default);
    };
    let number = text.parse().ok().filter(|number| allowed.contains(number));
    number.ok_or_else(|| {
        let range = match *allowed.end() {
            usize::MAX => format!("from {}", allowed.start()),
            end => format!("from {} to {end}", allowed.start()),
        };
        Problem::invalid_parameter(name, format!("{name} is a whole number {range}."))
    })
}

/// There is no such webhook or workflow of the caller's tenant.
pub fn not_found() -> Problem {
    Problem::not_found()
}

/// A problem in this profile's shape. A wrong field or parameter is a validation error, the only one with `details`,
/// which name it. A valid URL that the deployment does not deliver to stays a 400, and an unknown workflow is a 404.
/// Checks that need a lookup are shared with the native API and name its fields, such as `workflowIds`.
pub fn refuse(problem: Problem) -> Response<Body> {
    match (problem.code(), problem.place().as_deref()) {
        (Code::UrlNotAllowed, _) | (_, None) => without_details(problem),
        (_, Some("workflowIds")) => without_details(not_found()),
        (_, Some(field)) => {
            let refused = Problem::new(Code::ValidationError, problem.detail());
            let code = refused.code().as_str();
            let details = json!({field: refused.detail()});
            let body = json!({"status": "error", "errorCode": code, "details": details});
            refused.respond_with(&body)
        }
    }
}

fn without_details(problem: Problem) -> Response<Body> {
    let body = json!({"status": "error", "errorCode": problem.code().as_str()});
    problem.respond_with(&body)
}

/// One webhook: the answer to `POST`, `GET` and `DELETE`. Without a workflow, `workflowId` is empty, as the product's
/// document prints it.
pub fn answer(subscription: &Subscription) -> Value {
    let workflow = workflow(subscription).unwrap_or_else(|| Value::from(""));
    json!({"status": "success", "data": data(subscription, workflow)})
}

/// One page of the tenant's webhooks. Without a workflow, `workflowId` is null here.
pub fn list(subscriptions: &[Subscription], page: Page) -> Value {
    let before = page.size.saturating_mul(page.number);
    let shown = subscriptions.iter().skip(before).take(page.size);
    let shown = shown.map(|each| data(each, workflow(each).unwrap_or_default()));
    json!({
        "total": subscriptions.len(),
        "data": shown.collect::<Vec<_>>(),
    })
}

fn workflow(subscription: &Subscription) -> Option<Value> {
    subscription.workflow_ids.first().map(|id| json!(id))
}

fn data(subscription: &Subscription, workflow: Value) -> Value {
    let event = subscription.events.first();
    json!({
        "id": subscription.id,
        "url": subscription.url,
        "eventType": event.and_then(|event| event.name(Profile::CopyAi)),
        "workflowId": workflow,
    })
}

#[cfg(test)]
mod tests;
