//! One execution: what became of it, its steps, its graph, its request, its result, and what it caused.

use std::sync::Arc;

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
use crate::screens::{executions, graph, request, timeline, workflow};
use crate::visit::{Shown, Visit};

/// Steps on one page; the rest have pages of their own.
pub(crate) const PAGE_STEPS: usize = 20;
/// Bytes of a result on the page.
const SHOWN_RESULT_BYTES: usize = 5_000;

pub(crate) async fn show(visit: &Visit<'_>, id: &str) -> Shown {
    if visit.is_fragment() {
        return parts(visit, id).await;
    }
    let execution = visit.api.get(&in_api(id), &[]).await?;
    let workflow = text(&execution, "workflowId");
    let (workflow, graph, request) = futures::try_join!(
        workflow::if_found(visit, workflow),
        graph_of(visit, &execution),
        request::section(visit, id),
    )?;
    let content = html! {
        (head(visit, &execution))
        div.card {
            (progress(&execution))
            (facts(&execution, workflow.as_ref()))
        }
        div.columns {
            div { (course(visit, &execution, graph.as_deref())) }
            div {
                (result(&execution))
                (request)
                (deliveries(&execution))
            }
        }
    };
    Ok(visit.page(page_of(id, &execution, content)))
}

/// What changes on the page while the execution is in flight. Deliveries are looked for at its end: each subscription takes a
/// read.
async fn parts(visit: &Visit<'_>, id: &str) -> Shown {
    let path = in_api(id);
    let mut execution = visit.api.get(&path, &[("deliveries", "false")]).await?;
    let has_ended = !is_in_flight(&execution);
    if has_ended {
        execution = visit.api.get(&path, &[]).await?;
    }
    let graph = graph_of(visit, &execution).await?;
    let content = html! {
        (head(visit, &execution))
        (progress(&execution))
        (course(visit, &execution, graph.as_deref()))
        (result(&execution))
        @if has_ended { (deliveries(&execution)) }
    };
    Ok(visit.page(page_of(id, &execution, content)))
}

fn page_of(id: &str, execution: &Value, content: Markup) -> Page {
    let live = match is_in_flight(execution) {
        true => Live::On,
        false => Live::Off,
    };
    Page::new(Section::Executions, id, content).live(live)
}

/// Its steps, and its workflow with the state of each task.
fn course(visit: &Visit<'_>, execution: &Value, graph: Option<&Value>) -> Markup {
    html! {
        section #timeline {
            h2 { "Steps" }
            (timeline::timeline(execution, visit.now))
        }
        @if let Some(graph) = graph {
            section #graph { h2 { "Workflow" } (graph::blocks(graph, json::list(execution, "steps"))) }
        }
    }
}

/// The graph of the version that runs. It never changes, so a container reads it once; whoever sees an execution may see it.
async fn graph_of(visit: &Visit<'_>, execution: &Value) -> Result<Option<Arc<Value>>, Refusal> {
    let workflow = text(execution, "workflowId");
    let version = number(execution, "workflowVersion");
    let key = (workflow.to_owned(), version);
    if let Some(known) = visit.app.graphs.get(&key, visit.now) {
        return Ok(Some(known));
    }
    let path = format!("{}/graph", workflow::in_api(workflow));
    let version = version.to_string();
    let query = [("version", version.as_str())];
    let found = visit.api.get_if_found(&path, &query).await?;
    let found = found.map(Arc::new);
    if let Some(graph) = &found {
        visit.app.graphs.keep(key, graph, visit.now);
    }
    Ok(found)
}

fn in_api(id: &str) -> String {
    format!("/v1/executions/{}", segment(id))
}

fn is_in_flight(execution: &Value) -> bool {
    matches!(text(execution, "status"), "queued" | "running" | "waiting")
}

fn head(visit: &Visit<'_>, execution: &Value) -> Markup {
    html! {
        div.head {
            h1 { "Execution " span #state { (status(text(execution, "status"))) } }
            (buttons(visit, execution))
        }
    }
}

/// What changes while it is in flight.
fn progress(execution: &Value) -> Markup {
    let took = millis_between(
        optional(execution, "startedAt"),
        optional(execution, "finishedAt"),
    );
    let cost = &execution["cost"];
    html! {
        dl.facts #progress {
            div { dt { "Created" } dd { (time(optional(execution, "createdAt"))) } }
            @if let Some(took) = took { div { dt { "Duration" } dd { (duration(took)) } } }
            div {
                dt { "Cost" }
                dd {
                    (number(cost, "writeUnits")) " write units · " (number(cost, "readUnits")) " read units · "
                    (duration(cost["milliseconds"].as_i64().unwrap_or_default())) " of workers"
                }
            }
        }
    }
}

fn facts(execution: &Value, workflow: Option<&Value>) -> Markup {
    let id = text(execution, "id");
    let workflow_id = text(execution, "workflowId");
    let name = workflow.map_or(workflow_id, |found| text(found, "name"));
    html! {
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
            @if let Some(parent) = optional(execution, "parentId") {
                dt { "Parent" } dd { a href={ (executions::PATH) "/" (segment(parent)) } { (parent) } }
            }
            dt { "Related" } dd {
                a href=(with_query(executions::PATH, &[("parentId", id)])) { "Replays and children" }
                " · "
                a href=(with_query("/console/expressions", &[("execution", id)])) { "Try jq on its input" }
                " · "
                a data-next href={ (executions::PATH) "/" (segment(id)) "/older" } { "Older execution" }
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
            (act_with(visit, &replay, "Replay original version", &[("version", "original")]))
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
                details {
                    summary { span.name { "As JSON" } }
                    (json_block(error, SHOWN_RESULT_BYTES))
                }
            } @else if !output.is_null() {
                h2 { "Output" }
                (json_block(output, SHOWN_RESULT_BYTES))
            } @else if is_in_flight(execution) {
                h2 { "Output" }
                p.empty { "Not ended yet." }
            }
        }
    }
}

fn deliveries(execution: &Value) -> Markup {
    let all = json::list(execution, "deliveries");
    html! {
        section #deliveries {
            h2 { "Deliveries" }
            @if all.is_empty() { p.empty { "No deliveries." } }
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
        @if json::items(&page).is_empty() { p.empty { "No steps yet." } }
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
