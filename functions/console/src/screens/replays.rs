//! Replaying every execution that a filter finds: counted first, then replayed, as many at a time as one request takes.

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::api_calls::with_query;
use crate::json::{number, optional};
use crate::layout::{Page, Section, token};
use crate::parts::select;
use crate::screens::executions::{self, Filters};
use crate::visit::{Shown, Visit};

const PATH: &str = "/console/replays";
const VERSIONS: [(&str, &str); 2] = [
    ("current", "The current version of the workflow"),
    ("original", "The version that each execution ran"),
];

/// The link from the list of executions.
pub(crate) fn link(visit: &Visit<'_>, filters: &Filters) -> Markup {
    let query = filters.query();
    html! {
        @if visit.session.is_admin() && !query.is_empty() {
            a.button href=(with_query(PATH, &query)) { "Replay all matching" }
        }
    }
}

/// How many executions would be replayed.
pub(crate) async fn count(visit: &Visit<'_>) -> Shown {
    let filters = Filters::of(visit);
    let query = filters.query();
    let mut body = body_of(&query);
    body["dryRun"] = json!(true);
    let counted = visit.api.send("POST", "/v1/replays", &body).await?;
    let more = if counted["nextCursor"].is_null() {
        ""
    } else {
        "or more "
    };
    let matched = number(&counted, "matched");
    let content = html! {
        h1 { "Replay executions" }
        p { strong { (matched) } " " (more) "executions match:" }
        (shown(&query))
        @if matched > 0 && visit.session.is_admin() {
            form.stack method="post" action=(PATH) {
                (token(visit))
                @for (name, value) in &query { input type="hidden" name=(name) value=(value); }
                (select("version", "Runs", &VERSIONS, "current"))
                div.buttons { button.main { "Replay" } a.button href=(with_query(executions::PATH, &query)) { "Back" } }
            }
        } @else {
            p { a href=(with_query(executions::PATH, &query)) { "Back" } }
        }
    };
    Ok(visit.page(Page::new(Section::Executions, "Replay executions", content)))
}

fn body_of(query: &[(&str, &str)]) -> Value {
    query
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect()
}

fn shown(query: &[(&str, &str)]) -> Markup {
    html! { dl.facts { @for (name, value) in query { dt { (name) } dd { code { (value) } } } } }
}

/// Replays as many as one request takes, and says what became of them.
pub(crate) async fn replay(visit: &Visit<'_>) -> Shown {
    let names = [
        "status",
        "workflowId",
        "triggerId",
        "parentId",
        "deliveryId",
        "since",
        "until",
        "version",
        "cursor",
    ];
    let fields = names.map(|name| (name, visit.field(name)));
    let given: Vec<(&str, &str)> = fields
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect();
    let done = visit
        .api
        .send("POST", "/v1/replays", &body_of(&given))
        .await?;
    let next = optional(&done, "nextCursor");
    let content = html! {
        h1 { "Replay executions" }
        dl.facts {
            dt { "Replayed" } dd { (number(&done, "replayed")) }
            dt { "Replayed by an earlier request" } dd { (number(&done, "repeated")) }
            dt { "Left out" } dd { (number(&done, "skipped")) ", because their workflow is inactive or deleted, or they have expired" }
        }
        @if let Some(next) = next {
            p {
                "There are more. "
                @if let Some(secs) = done["retryAfter"].as_u64() { "The rate limit of their workflow lets them go on in " (secs) " s." }
            }
            form.act method="post" action=(PATH) {
                (token(visit))
                @for (name, value) in given.iter().filter(|(name, _)| *name != "cursor") { input type="hidden" name=(name) value=(value); }
                input type="hidden" name="cursor" value=(next);
                button.main { "Continue" }
            }
        }
        p { a href=(executions::PATH) { "To the executions" } }
    };
    Ok(visit.page(Page::new(Section::Executions, "Replay executions", content)))
}
