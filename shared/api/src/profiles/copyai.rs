//! The copyai profile: `/api/webhook`, with the key in `x-copy-ai-api-key`. A webhook gets one event type, of one
//! workflow or of all.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use domain::outbound::{EventType, Profile, Subscription};
use domain::{ApiKey, SubscriptionId, WorkflowId};
use lambda_http::{Body, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;

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

/// A new webhook. Other fields are ignored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "CopyaiNewWebhook"))]
pub(crate) struct Fields {
    /// Where deliveries go. Required.
    url: Option<String>,
    /// The event type that is delivered, such as `workflowRun.completed`. Required.
    event_type: Option<String>,
    /// The workflow whose events are delivered; all of them where it is left out or empty.
    workflow_id: Option<String>,
}

/// The answer about one webhook.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "CopyaiAnswer"))]
pub struct AnswerView<'a> {
    /// Always `success`.
    #[cfg_attr(test, schemars(extend("enum" = ["success"])))]
    status: &'static str,
    /// The webhook.
    data: WebhookView<'a>,
}

/// One page of webhooks.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "CopyaiList"))]
pub struct ListView<'a> {
    /// How many webhooks there are on all pages.
    total: usize,
    /// Those of this page, the oldest first.
    data: Vec<WebhookView<'a>>,
}

/// A webhook as clients of copyai see it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "CopyaiWebhook"))]
struct WebhookView<'a> {
    /// Its id.
    id: SubscriptionId,
    /// Where deliveries go.
    url: &'a str,
    /// The event type that is delivered.
    event_type: Option<&'a str>,
    /// The workflow whose events are delivered; for all of them empty in the answer about one webhook, and `null` in a list.
    workflow_id: Option<String>,
}

/// A refusal as clients of copyai expect it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "CopyaiProblem"))]
pub(crate) struct RefusalView {
    /// Always `error`.
    #[cfg_attr(test, schemars(extend("enum" = ["error"])))]
    status: &'static str,
    /// Why the request was refused.
    error_code: &'static str,
    /// Of a wrong field or parameter: its name, and what is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<BTreeMap<String, String>>,
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
            let detail = refused.detail().to_owned();
            let details = BTreeMap::from([(field.to_owned(), detail)]);
            respond(refused, Some(details))
        }
    }
}

fn without_details(problem: Problem) -> Response<Body> {
    respond(problem, None)
}

fn respond(problem: Problem, details: Option<BTreeMap<String, String>>) -> Response<Body> {
    let body = json!(RefusalView {
        status: "error",
        error_code: problem.code().as_str(),
        details,
    });
    problem.respond_with(&body)
}

/// One webhook: the answer to `POST`, `GET` and `DELETE`. Without a workflow, `workflowId` is empty, as the product's
/// document prints it.
pub fn answer(subscription: &Subscription) -> AnswerView<'_> {
    let workflow = workflow(subscription).map_or_else(String::new, |id| id.to_string());
    AnswerView {
        status: "success",
        data: data(subscription, Some(workflow)),
    }
}

/// One page of the tenant's webhooks. Without a workflow, `workflowId` is null here.
pub fn list(subscriptions: &[Subscription], page: Page) -> ListView<'_> {
    let before = page.size.saturating_mul(page.number);
    let shown = subscriptions.iter().skip(before).take(page.size);
    let shown = shown.map(|each| data(each, workflow(each).map(|id| id.to_string())));
    ListView {
        total: subscriptions.len(),
        data: shown.collect(),
    }
}

fn workflow(subscription: &Subscription) -> Option<WorkflowId> {
    subscription.workflow_ids.first().copied()
}

fn data(subscription: &Subscription, workflow_id: Option<String>) -> WebhookView<'_> {
    let event = subscription.events.first();
    WebhookView {
        id: subscription.id,
        url: &subscription.url,
        event_type: event.and_then(|event| event.name(Profile::CopyAi)),
        workflow_id,
    }
}

#[cfg(test)]
mod tests;
