//! The copyai profile: `/api/webhook`, with the key in `x-copy-ai-api-key`. A webhook is told of one type of event, of one
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
use crate::resources::subscription::{Draft, Field, Flaw, Wish};
use crate::status::Code;

const DEFAULT_SIZE: usize = 20;
const MAX_SIZE: usize = 100;

/// Which part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    pub size: usize,
    /// From 1.
    pub number: usize,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields {
    url: Option<String>,
    event_type: Option<String>,
    workflow_id: Option<String>,
}

/// The key in this profile's own header, or where any other profile has it.
pub fn presented(inbound: &Inbound) -> Result<ApiKey, Problem> {
    auth::presented_in(inbound, "x-copy-ai-api-key")
}

/// The body of `POST`. No workflow, or an empty one, is every workflow.
pub fn create(inbound: &Inbound) -> Result<Draft, Problem> {
    let fields: Fields = body::lenient(&body::object(inbound)?)?;
    let workflow = fields.workflow_id.filter(|id| !id.is_empty());
    Draft::parse(Wish {
        form: Profile::CopyAi,
        names: Profile::CopyAi,
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
    .map_err(|flaw| problem(&flaw))
}

fn problem(flaw: &Flaw) -> Problem {
    match flaw.field {
        Field::Events => {
            let names: Vec<String> = EventType::all(Profile::CopyAi)
                .filter_map(|event| event.name(Profile::CopyAi).map(str::to_owned))
                .collect();
            let reason = format!("The types of events are {}.", names.join(", "));
            Problem::invalid_field("/eventType", reason)
        }
        Field::WorkflowIds => Problem::invalid_field("/workflowId", flaw.reason.clone()),
        // The rest of a wish is ours.
        Field::Url
        | Field::Slug
        | Field::Format
        | Field::Template
        | Field::Method
        | Field::Headers => Problem::invalid_field("/url", flaw.reason.clone()),
    }
}

/// The query of a list: `size` (20; 100 at the most) and `page` (1, the first).
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
    let read = |text: &str| text.parse().ok().filter(|number| *number > 0);
    let invalid = || Problem::invalid_parameter(name, format!("{name} is a whole number from 1."));
    inbound
        .parameter(name)
        .map_or(Ok(default), |text| read(text).ok_or_else(invalid))
}

/// No such webhook, or not one of this profile and the caller.
pub fn not_found() -> Problem {
    Problem::new(Code::WebhookNotFound, "There is no such webhook.")
}

/// Any refusal in this profile's shape: a field or parameter that is wrong is a validation error, with `details` that name
/// it. A URL of the right form that the deployment does not deliver to is no mistake of form, and stays a 400.
pub fn refuse(problem: Problem) -> Response<Body> {
    let Some(place) = problem.place() else {
        let body = json!({"status": "error", "errorCode": problem.code().as_str()});
        return problem.respond_with(&body);
    };
    let details = Map::from_iter([(own_name(place), Value::from(problem.detail()))]);
    let told = match problem.code() {
        Code::UrlNotAllowed => problem,
        _ => Problem::new(Code::ValidationError, problem.detail()),
    };
    let code = told.code().as_str();
    told.respond_with(&json!({"status": "error", "errorCode": code, "details": details}))
}

/// What is refused only once it is looked up is refused in the native words, whichever API asks.
fn own_name(field: String) -> String {
    match field.as_str() {
        "workflowIds" => "workflowId".to_owned(),
        _ => field,
    }
}

/// One webhook, as `POST`, `GET` and `DELETE` answer it.
pub fn answer(subscription: &Subscription) -> Value {
    json!({"status": "success", "data": data(subscription)})
}

/// One page of all webhooks of the caller.
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
