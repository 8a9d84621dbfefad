//! The first page: what is in flight, what failed, which receivers get nothing, what the org uses; on an empty stack, the
//! way to a first webhook.

use maud::{Markup, html};
use serde_json::Value;

use crate::api_calls::{segment, with_query};
use crate::json::{self, is, number, text};
use crate::layout::{Page, Section};
use crate::parts::{code, day_before, status};
use crate::screens::executions;
use crate::visit::{Shown, Visit};

/// What is counted is counted up to this.
const COUNTED: &str = "100";
const LAST_ITEMS: &str = "10";
const IN_FLIGHT: &str = "queued,running,waiting";
const UNSETTLED: &str = "queued,running,waiting,failed";

pub(crate) async fn show(visit: &Visit<'_>) -> Shown {
    let since = day_before(visit.now);
    // One list for both figures: each asks the index of every workflow.
    let unsettled = [("status", UNSETTLED), ("since", &since), ("limit", COUNTED)];
    let (unsettled, last, subscriptions, org, workflows) = futures::try_join!(
        visit.api.get("/v1/executions", &unsettled),
        visit.api.get("/v1/executions", &[("limit", LAST_ITEMS)]),
        visit.api.get("/v1/subscriptions", &[("limit", COUNTED)]),
        visit.api.get("/v1/org", &[]),
        visit.workflows(),
    )?;
    let has_failed = |item: &Value| text(item, "status") == "failed";
    let in_flight = counted(&unsettled, |item| !has_failed(item));
    let failed = counted(&unsettled, has_failed);
    let failed_path = with_query(executions::PATH, &[("status", "failed"), ("since", &since)]);
    let content = html! {
        h1 { "Home" }
        div.tiles {
            (tile("In flight", &in_flight, &with_query(executions::PATH, &[("status", IN_FLIGHT)])))
            (tile("Failed in the last day", &failed, &failed_path))
            (receivers(&subscriptions))
            (usage(&org))
        }
        @if json::items(&last).is_empty() {
            (first_steps(visit, &workflows))
        } @else {
            section {
                div.head { h2 { "Last executions" } a href=(executions::PATH) { "All executions" } }
                (executions::table(json::items(&last), &workflows))
            }
        }
    };
    Ok(visit.page(Page::new(Section::Home, "Home", content)))
}

/// How many items of a page are such; more, where it is not the last one.
fn counted(page: &Value, is_such: impl Fn(&Value) -> bool) -> String {
    let more = if page["nextCursor"].is_null() {
        ""
    } else {
        "+"
    };
    let count = json::items(page)
        .iter()
        .filter(|item| is_such(item))
        .count();
    format!("{count}{more}")
}

fn tile(label: &str, figure: &str, path: &str) -> Markup {
    html! { a.tile href=(path) { span.figure { (figure) } span.label { (label) } } }
}

fn receivers(subscriptions: &Value) -> Markup {
    let all = json::items(subscriptions);
    let disabled: Vec<&Value> = all.iter().filter(|each| !is(each, "enabled")).collect();
    html! {
        div.tile {
            a.figure href="/console/subscriptions" { (disabled.len()) " of " (counted(subscriptions, |_| true)) }
            span.label { "Receivers disabled" }
            @for each in disabled.iter().take(3) {
                a.line href={ "/console/subscriptions/" (segment(text(each, "id"))) } {
                    (status("disabled")) " " (text(each, "url"))
                }
            }
        }
    }
}

fn usage(org: &Value) -> Markup {
    let (limits, used) = (&org["limits"], &org["used"]);
    html! {
        div.tile {
            a.figure href="/console/settings" { (text(org, "plan")) }
            span.label { "Plan" @if !text(org, "name").is_empty() { " of " (text(org, "name")) } }
            (meter("Active workflows", number(used, "activeWorkflows"), limits["activeWorkflows"].as_u64()))
            @if let Some(credits) = used["credits"].as_u64() {
                (meter("Credits this month", credits, limits["monthlyCredits"].as_u64()))
            }
        }
    }
}

/// How much of a limit is used.
pub(crate) fn meter(label: &str, used: u64, limit: Option<u64>) -> Markup {
    html! {
        span.line {
            (label) ": " (used)
            @match limit {
                Some(limit) => { " of " (limit) " " meter aria-label=(label) min="0" max=(limit) value=(used) { (used) " of " (limit) } },
                None => ", unlimited",
            }
        }
    }
}

fn first_steps(visit: &Visit<'_>, workflows: &[(String, String)]) -> Markup {
    let base_url = visit.base_url();
    html! {
        section.steps {
            h2 { "Three steps to a first webhook" }
            ol {
                li {
                    @if let Some((id, name)) = workflows.first() {
                        "A workflow is there: " a href={ "/console/workflows/" (segment(id)) } { (name) } "."
                    } @else {
                        a href="/console/workflows/new" { "Create a workflow" } " from YAML, and activate it."
                    }
                }
                li { "Create a trigger on the workflow's page, and copy its URL." }
                li {
                    "Send it something, and watch it run:"
                    pre { code { "curl '" (base_url) "/hooks/WORKFLOW?token=TOKEN' -H 'content-type: application/json' -d '{\"ref\":\"refs/heads/main\"}'" } }
                }
            }
            p.hint { "Under " (code("cargo dev")) " the terminal shows a URL that works, with the demo's workflow behind it." }
        }
    }
}
