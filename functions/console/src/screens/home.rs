//! The first page: what is in flight, what failed, which receivers get nothing, what the org uses; on an empty stack, the
//! way to a first webhook.

use maud::{Markup, html};
use serde_json::Value;

use crate::api_calls::{segment, with_query};
use crate::json::{self, number, text};
use crate::layout::{Page, Section};
use crate::parts::day_before;
use crate::refusal::Refusal;
use crate::screens::subscriptions::receiver_state;
use crate::screens::{executions, subscriptions, trigger, workflow};
use crate::visit::{Shown, Visit};

/// What is counted is counted up to this.
const COUNTED: &str = "100";
const LAST_ITEMS: usize = 10;
/// How many receivers have a line of their own.
const NAMED_RECEIVERS: usize = 5;
const IN_FLIGHT: [&str; 3] = ["queued", "running", "waiting"];

pub(crate) async fn show(visit: &Visit<'_>) -> Shown {
    // One list for the table and what is in flight: a list asks the index of every workflow.
    let (last, usage_of_days, subscriptions, org, workflows) = futures::try_join!(
        visit.api.get("/v1/executions", &[("limit", COUNTED)]),
        visit.api.get("/v1/org/usage", &[]),
        visit.api.get("/v1/subscriptions", &[("limit", COUNTED)]),
        visit.api.get("/v1/org", &[]),
        visit.workflows(),
    )?;
    let listed = json::items(&last);
    let (shown, is_empty) = (
        listed.get(..LAST_ITEMS).unwrap_or(listed),
        listed.is_empty(),
    );
    let first = match is_empty {
        true => first_trigger(visit, &workflows).await?,
        false => None,
    };
    let in_flight = counted(&last, |item| IN_FLIGHT.contains(&text(item, "status")));
    let in_flight_path = with_query(executions::PATH, &[("status", &IN_FLIGHT.join(","))]);
    let content = html! {
        h1 { "Home" }
        div.tiles {
            (tile("In flight", &in_flight, &in_flight_path))
            (failures(visit, &last, json::list(&usage_of_days, "days")))
            (receivers(&subscriptions))
            (usage(&org))
        }
        (attention(&subscriptions))
        @if is_empty {
            (first_steps(visit, &workflows, first.as_ref()))
        } @else {
            section.rows {
                div.head.inset { h2 { "Recent executions" } a href=(executions::PATH) { "View all" } }
                (executions::table(shown, &workflows))
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

/// Of today and the day before. What the org used knows of every failure, but lags by a minute or more; the list does not lag,
/// but ends.
fn failures(visit: &Visit<'_>, last: &Value, days: &[Value]) -> Markup {
    let of = |days_ago: usize| {
        days.iter().rev().nth(days_ago).map_or(0, |day| {
            let failed_then = |item: &&Value| {
                text(item, "status") == "failed"
                    && text(item, "createdAt").starts_with(text(day, "day"))
            };
            let listed = json::items(last).iter().filter(failed_then).count() as u64;
            listed.max(number(day, "failures"))
        })
    };
    let since = day_before(visit.now);
    let path = with_query(executions::PATH, &[("status", "failed"), ("since", &since)]);
    html! {
        a.tile href=(path) {
            span.figure.bad[of(0) > 0] { (of(0)) }
            span.label { "Failed today (UTC)" }
            span.line { "Yesterday: " (of(1)) "; over both environments" }
        }
    }
}

/// The subscriptions in these states, in the order of the states.
fn in_states<'a>(page: &'a Value, states: &[&str]) -> Vec<&'a Value> {
    let of = |state: &&str| {
        let state = (*state).to_owned();
        let all = json::items(page).iter();
        all.filter(move |each| receiver_state(each) == state)
    };
    states.iter().flat_map(of).collect()
}

fn receivers(page: &Value) -> Markup {
    let stopped = in_states(page, &["paused", "disabled"]).len();
    let figure = format!("{stopped} of {}", counted(page, |_| true));
    tile("Receivers paused or disabled", &figure, subscriptions::PATH)
}

/// The receivers that get nothing, or not everything.
fn attention(page: &Value) -> Markup {
    let all = in_states(page, &["paused", "disabled", "failing"]);
    let shown: Vec<Value> = all.into_iter().take(NAMED_RECEIVERS).cloned().collect();
    html! {
        @if !shown.is_empty() {
            section.rows {
                div.head.inset { h2 { "Receivers that need attention" } a href=(subscriptions::PATH) { "View all" } }
                (subscriptions::table(&shown))
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

fn meter(label: &str, used: u64, limit: Option<u64>) -> Markup {
    html! { span.line { (label) ": " (amount(label, used, limit)) } }
}

/// How much of a limit is used.
pub(crate) fn amount(label: &str, used: u64, limit: Option<u64>) -> Markup {
    html! {
        (used)
        @match limit {
            Some(limit) => { " of " (limit) " " meter aria-label=(label) min="0" max=(limit) value=(used) { (used) " of " (limit) } },
            None => ", unlimited",
        }
    }
}

/// A trigger that a first webhook can go to.
struct FirstTrigger {
    /// Its page.
    page: String,
    /// Its URL, for a key that may see it.
    url: Option<String>,
}

async fn first_trigger(
    visit: &Visit<'_>,
    workflows: &[(String, String)],
) -> Result<Option<FirstTrigger>, Refusal> {
    let Some((workflow_id, _)) = workflows.first() else {
        return Ok(None);
    };
    let path = format!("{}/triggers", workflow::in_api(workflow_id));
    let triggers = visit.api.get(&path, &[("limit", "1")]).await?;
    let Some(found) = json::items(&triggers).first() else {
        return Ok(None);
    };
    let ids = (workflow_id.as_str(), text(found, "id"));
    Ok(Some(FirstTrigger {
        page: trigger::page_of(ids),
        url: trigger::url(visit, &trigger::in_api(ids)).await?,
    }))
}

fn first_steps(
    visit: &Visit<'_>,
    workflows: &[(String, String)],
    first: Option<&FirstTrigger>,
) -> Markup {
    let placeholder = format!("{}/hooks/WORKFLOW?token=TOKEN", visit.base_url());
    let url = first.and_then(|first| first.url.as_deref());
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
                li {
                    @if let Some(first) = first { "It has a trigger: " a href=(first.page) { "its URL and settings" } "." }
                    @else { "Create a trigger on the workflow's page, and copy its URL." }
                }
                li {
                    "Send it something, and watch it run:"
                    pre tabindex="0" { code data-copy-block { "curl '" (url.unwrap_or(&placeholder)) "' -H 'content-type: application/json' -d '{\"ref\":\"refs/heads/main\"}'" } }
                }
            }
        }
    }
}
