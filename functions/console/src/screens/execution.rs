//! One execution: what became of it, its steps, its graph, its request, its result, and what it caused.

use domain::limits::MAX_PAGE_STEPS;
use maud::{Markup, html};
use serde_json::Value;

use crate::api_calls::{segment, with_query};
use crate::json::{self, is, number, optional, text};
use crate::layout::{Live, Page, Section};
use crate::parts::{
    act_with, copyable, duration, flag, json as json_block, millis_between, status, time,
};
use crate::refusal::Refusal;
use crate::response;
use crate::screens::{executions, graph, request, timeline};
use crate::visit::{Shown, Visit};

/// Steps on one page; the rest have pages of their own.
pub(crate) const PAGE_STEPS: usize = 20;
/// Bytes of a result on the page.
const SHOWN_RESULT_BYTES: usize = 5_000;

pub(crate) async fn show(visit: &Visit<'_>, id: &str) -> Shown {
    let path = format!("/v1/executions/{}", segment(id));
    let execution = visit.api.get(&path, &[]).await?;
    let workflow = segment(text(&execution, "workflowId"));
    let version = number(&execution, "workflowVersion").to_string();
    let of_version = [("version", version.as_str())];
    let (workflow, graph) = futures::join!(
        shown_if_found(visit, format!("/v1/workflows/{workflow}"), &[]),
        shown_if_found(
            visit,
            format!("/v1/workflows/{workflow}/graph"),
            &of_version
        ),
    );
    // A request does not change, so a fragment leaves it out.
    let request = match visit.is_fragment() {
        true => None,
        false => Some(request::section(visit, id).await?),
    };
    let is_in_flight = is_in_flight(&execution);
    let content = html! {
        (head(visit, &execution, workflow?.as_ref()))
        div.columns {
            div {
                section #timeline {
                    h2 { "Steps" }
                    (timeline::timeline(&execution, visit.now))
                }
                @if let Some(graph) = graph? {
                    section #graph { h2 { "Workflow" } (graph::blocks(&graph, json::list(&execution, "steps"))) }
                }
            }
            div {
                (result(&execution))
                @if let Some(request) = request { (request) }
                (deliveries(&execution))
            }
        }
    };
    let live = if is_in_flight { Live::On } else { Live::Off };
    Ok(visit.page(Page::new(Section::Executions, id, content).live(live)))
}

/// Nothing where the workflow was deleted: its executions stay.
async fn shown_if_found(
    visit: &Visit<'_>,
    path: String,
    query: &[(&str, &str)],
) -> Result<Option<Value>, Refusal> {
    match visit.api.get(&path, query).await {
        Ok(found) => Ok(Some(found)),
        Err(refusal) if refusal.text("code") == "NOT_FOUND" => Ok(None),
        Err(refusal) => Err(refusal),
    }
}

fn is_in_flight(execution: &Value) -> bool {
    matches!(text(execution, "status"), "queued" | "running" | "waiting")
}

fn head(visit: &Visit<'_>, execution: &Value, workflow: Option<&Value>) -> Markup {
    let id = text(execution, "id");
    let workflow_id = text(execution, "workflowId");
    let name = workflow.map_or(workflow_id, |found| text(found, "name"));
    let took = millis_between(
        optional(execution, "startedAt"),
        optional(execution, "finishedAt"),
    );
    html! {
        div.head {
            h1 { "Execution " span #state { (status(text(execution, "status"))) } }
            (buttons(visit, execution))
        }
        dl.facts #facts {
            dt { "Id" } dd { (copyable(id)) (flag(is(execution, "test"), "test")) (flag(is(execution, "edited"), "edited")) }
            dt { "Workflow" } dd {
                a href={ "/console/workflows/" (segment(workflow_id)) } { (name) }
                ", version " (number(execution, "workflowVersion"))
            }
            dt { "Trigger" } dd {
                a href={ "/console/workflows/" (segment(workflow_id)) "/triggers/" (segment(text(execution, "triggerId"))) } { (text(execution, "triggerId")) }
            }
            @if let Some(delivery) = optional(execution, "deliveryId") { dt { "Delivery id" } dd { (copyable(delivery)) } }
            dt { "Created" } dd { (time(optional(execution, "createdAt"))) }
            @if let Some(took) = took { dt { "Duration" } dd { (duration(took)) } }
            @if let Some(parent) = optional(execution, "parentId") {
                dt { "Parent" } dd { a href={ (executions::PATH) "/" (segment(parent)) } { (parent) } }
            }
            dt { "Family" } dd {
                a href=(with_query(executions::PATH, &[("parentId", id)])) { "Replays and children" }
                " · "
                a href=(with_query("/console/expressions", &[("execution", id)])) { "Try jq on its input" }
                " · "
                a data-next href={ (executions::PATH) "/" (segment(id)) "/older" } { "The one before" }
            }
            dt { "Cost" } dd {
                (number(&execution["cost"], "writeUnits")) " write units, "
                (number(&execution["cost"], "readUnits")) " read units, "
                (duration(execution["cost"]["milliseconds"].as_i64().unwrap_or_default())) " of workers"
            }
        }
    }
}

fn buttons(visit: &Visit<'_>, execution: &Value) -> Markup {
    let path = format!("{}/{}", executions::PATH, segment(text(execution, "id")));
    let replay = format!("{path}/replay");
    html! {
        div.buttons #buttons {
            @if is_in_flight(execution) { (act_with(visit, &format!("{path}/cancel"), "Cancel", &[])) }
            span data-replay { (act_with(visit, &replay, "Replay", &[("version", "current")])) }
            (act_with(visit, &replay, "Replay with its version", &[("version", "original")]))
            @if visit.session.is_admin() { a.button href={ (path) "/edit" } { "Edit and replay" } }
        }
    }
}

fn result(execution: &Value) -> Markup {
    let (error, output) = (&execution["error"], &execution["output"]);
    html! {
        section #result {
            @if !error.is_null() {
                h2 { "Error" }
                p { strong { (text(error, "title")) } " " (text(error, "detail")) }
                (json_block(error, SHOWN_RESULT_BYTES))
            } @else if !output.is_null() {
                h2 { "Output" }
                (json_block(output, SHOWN_RESULT_BYTES))
            } @else if is_in_flight(execution) {
                h2 { "Output" }
                p.empty { "It has not ended." }
            }
        }
    }
}

fn deliveries(execution: &Value) -> Markup {
    let all = json::list(execution, "deliveries");
    html! {
        section #deliveries {
            h2 { "Deliveries" }
            @if all.is_empty() { p.empty { "No event of it was sent to a subscription." } }
            ul.plain {
                @for each in all.iter().take(PAGE_STEPS) {
                    li {
                        (status(text(each, "status"))) " "
                        a href={ "/console/deliveries/" (segment(text(each, "id"))) } { (text(each, "eventType")) }
                        " to "
                        a.id href={ "/console/subscriptions/" (segment(text(each, "subscriptionId"))) } { (text(each, "subscriptionId")) }
                    }
                }
            }
        }
    }
}

/// All steps, page by page.
pub(crate) async fn steps(visit: &Visit<'_>, id: &str) -> Shown {
    let path = format!("/v1/executions/{}/steps", segment(id));
    let limit = PAGE_STEPS.min(MAX_PAGE_STEPS).to_string();
    let query = [
        ("limit", limit.as_str()),
        ("cursor", visit.parameter("cursor")),
    ];
    let page = visit.api.get(&path, &query).await?;
    let here = format!("{}/{}", executions::PATH, segment(id));
    let content = html! {
        h1 { "Steps of " a href=(here) { (id) } }
        (timeline::rows(json::items(&page)))
        @if json::items(&page).is_empty() { p.empty { "No step has begun." } }
        nav.pager aria-label="Pages" {
            @if let Some(next) = optional(&page, "nextCursor") {
                a.button rel="next" href=(with_query(&format!("{here}/steps"), &[("cursor", next)])) { "Next page" }
            }
        }
    };
    Ok(visit.page(Page::new(Section::Executions, "Steps", content)))
}

/// The body of the request, byte for byte.
pub(crate) async fn download(visit: &Visit<'_>, id: &str) -> Shown {
    let path = format!("/v1/executions/{}/request", segment(id));
    let bytes = visit.api.bytes(&path, &[("raw", "true")]).await?;
    Ok(response::download(bytes, &format!("{}.bin", segment(id))))
}

/// On to the execution of the same workflow that was created before this one.
pub(crate) async fn older(visit: &Visit<'_>, id: &str) -> Shown {
    let path = format!("/v1/executions/{}", segment(id));
    let execution = visit.api.get(&path, &[]).await?;
    let query = [
        ("workflowId", text(&execution, "workflowId")),
        ("until", text(&execution, "createdAt")),
        ("limit", "1"),
    ];
    let page = visit.api.get("/v1/executions", &query).await?;
    Ok(match json::items(&page).first() {
        Some(older) => {
            let path = format!("{}/{}", executions::PATH, segment(text(older, "id")));
            response::see_other(&path)
        }
        None => response::see_other(&with_query(executions::PATH, &[query[0]])),
    })
}
