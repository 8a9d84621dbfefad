//! The list of executions: filters in the address, presets, pages.

use maud::{Markup, html};
use serde_json::Value;

use crate::api_calls::{segment, with_query};
use crate::json::{self, is, optional, text};
use crate::layout::{Live, Page, Section};
use crate::parts::{
    Paging, act, checkbox, duration, flag, millis_between, pager, select, status, time,
};
use crate::refusal::Refusal;
use crate::screens::{replays, trigger, workflow};
use crate::visit::{Shown, Visit, name_of};

pub(crate) const PATH: &str = "/console/executions";
const STATUSES: [&str; 7] = [
    "queued",
    "running",
    "waiting",
    "succeeded",
    "failed",
    "cancelled",
    "rejected",
];
const IN_FLIGHT: &str = "queued,running,waiting";
const PAGE_ITEMS: &str = "25";

/// What the address asks for, as the API takes it.
pub(crate) struct Filters {
    statuses: String,
    workflow: String,
    trigger: String,
    parent: String,
    delivery: String,
    since: String,
    until: String,
}

impl Filters {
    pub(crate) fn of(visit: &Visit<'_>) -> Self {
        let given = |name: &str| visit.parameter(name).trim().to_owned();
        Self {
            statuses: visit.parameters("status").join(","),
            workflow: given("workflowId"),
            trigger: given("triggerId"),
            parent: given("parentId"),
            delivery: given("deliveryId"),
            since: moment(visit.parameter("since")),
            until: moment(visit.parameter("until")),
        }
    }

    /// The parameters of the API, without those that are empty.
    pub(crate) fn query(&self) -> Vec<(&'static str, &str)> {
        let all = [
            ("status", self.statuses.as_str()),
            ("workflowId", &self.workflow),
            ("triggerId", &self.trigger),
            ("parentId", &self.parent),
            ("deliveryId", &self.delivery),
            ("since", &self.since),
            ("until", &self.until),
        ];
        all.into_iter()
            .filter(|(_, value)| !value.is_empty())
            .collect()
    }
}

/// A time as a field for dates writes it, without an offset, is one of UTC.
pub(crate) fn moment(text: &str) -> String {
    let text = text.trim();
    match text.len() {
        16 if text.contains('T') => format!("{text}:00Z"),
        19 if text.contains('T') => format!("{text}Z"),
        _ => text.to_owned(),
    }
}

/// The same as a field for dates shows it.
pub(crate) fn in_field(moment: &str) -> String {
    match moment.len() {
        10 => format!("{moment}T00:00"),
        _ => moment.get(..16).unwrap_or_default().to_owned(),
    }
}

pub(crate) async fn list(visit: &Visit<'_>) -> Shown {
    let filters = Filters::of(visit);
    let mut query = filters.query();
    let asked = query.clone();
    query.extend([("limit", PAGE_ITEMS), ("cursor", visit.parameter("cursor"))]);
    let (page, workflows) = futures::try_join!(
        async {
            match filters.workflow.as_str() {
                "" => visit.api.get("/v1/executions", &query).await,
                _ => visit.api.executions_of_one(&query).await,
            }
        },
        names(visit, &filters.workflow)
    )?;
    let paging = Paging {
        path: PATH,
        filters: &asked,
        page: &page,
    };
    let content = html! {
        div.head {
            h1 { "Executions" }
            div.buttons {
                @if !filters.workflow.is_empty() && !filters.trigger.is_empty() {
                    (act(visit, &trigger::test_path((&filters.workflow, &filters.trigger)), "Run with sample"))
                }
                (replays::link(visit, &filters))
                (presets(visit, &filters))
            }
        }
        @if !visit.is_fragment() { (form(&filters, &workflows)) }
        section #rows data-rows {
            (table(json::items(&page), &workflows))
            @if json::items(&page).is_empty() { p.empty { "No executions match." } }
        }
        (pager(visit, &paging))
    };
    // Only the index of one workflow is cheap enough to be read again and again.
    let is_live = !filters.workflow.is_empty() && visit.parameter("cursor").is_empty();
    let live = if is_live { Live::On } else { Live::Off };
    Ok(visit.page(Page::new(Section::Executions, "Executions", content).live(live)))
}

/// The names of workflows: all, for the form; of a fragment the one that the list is of, because each of them takes a read.
async fn names(visit: &Visit<'_>, workflow: &str) -> Result<Vec<(String, String)>, Refusal> {
    if !visit.is_fragment() || workflow.is_empty() {
        return visit.workflows().await;
    }
    let found = workflow::if_found(visit, workflow).await?;
    let named = found.iter().map(|found| {
        let text = |name| text(found, name).to_owned();
        (text("id"), text("name"))
    });
    Ok(named.collect())
}

fn presets(visit: &Visit<'_>, filters: &Filters) -> Markup {
    let today = visit.now.to_string();
    let today = today.get(..10).unwrap_or_default();
    let presets = [
        ("All", "status", ""),
        ("Failed", "status", "failed"),
        ("In flight", "status", IN_FLIGHT),
        ("Today", "since", today),
    ];
    let asked = filters.query();
    html! {
        nav.presets aria-label="Presets" {
            @for (label, name, value) in presets {
                @let is_current = match value {
                    "" => asked.is_empty(),
                    value => asked == [(name, value)],
                };
                a href=(with_query(PATH, &[(name, value)])) aria-current=[is_current.then_some("true")] { (label) }
            }
        }
    }
}

fn form(filters: &Filters, workflows: &[(String, String)]) -> Markup {
    let mut options = vec![("", "Any workflow")];
    options.extend(
        workflows
            .iter()
            .map(|(id, name)| (id.as_str(), name.as_str())),
    );
    let is_open = filters.query().iter().any(|(name, _)| *name != "status");
    let chosen: Vec<&str> = filters.statuses.split(',').collect();
    html! {
        details.filters open[is_open] {
            summary { "Filters" }
            form action=(PATH) {
                fieldset {
                    legend { "Status" }
                    @for name in STATUSES {
                        (checkbox("status", name, &status(name), chosen.contains(&name)))
                    }
                }
                (select("workflowId", "Workflow", &options, &filters.workflow))
                (input("triggerId", "Trigger id", &filters.trigger))
                (input("deliveryId", "Delivery id of the sender", &filters.delivery))
                (input("parentId", "Parent execution", &filters.parent))
                label { span { "From (UTC)" } input type="datetime-local" name="since" value=(in_field(&filters.since)); }
                label { span { "Before (UTC)" } input type="datetime-local" name="until" value=(in_field(&filters.until)); }
                div.buttons { button.main { "Apply" } a.button href=(PATH) { "Clear" } }
            }
        }
    }
}

fn input(name: &str, label: &str, value: &str) -> Markup {
    html! { label { span { (label) } input name=(name) value=(value) autocomplete="off" spellcheck="false"; } }
}

/// Executions as rows.
pub(crate) fn table(items: &[Value], workflows: &[(String, String)]) -> Markup {
    html! {
        @if !items.is_empty() {
            table {
                thead { tr {
                    th { "Status" } th { "Execution" } th { "Workflow" } th { "Delivery id" }
                    th { "Created" } th.number { "Duration" }
                } }
                tbody { @for item in items { (row(item, workflows)) } }
            }
        }
    }
}

fn row(item: &Value, workflows: &[(String, String)]) -> Markup {
    let (id, workflow) = (text(item, "id"), text(item, "workflowId"));
    let took = millis_between(optional(item, "startedAt"), optional(item, "finishedAt"));
    html! {
        tr id=(id) {
            td { (status(text(item, "status"))) }
            td data-label="Execution" {
                a.id data-open href={ (PATH) "/" (segment(id)) } { (id) }
                (flag(is(item, "test"), "test"))
                (flag(is(item, "edited"), "edited"))
                (flag(optional(item, "parentId").is_some(), "child"))
            }
            td data-label="Workflow" {
                a href={ "/console/workflows/" (segment(workflow)) } { (name_of(workflows, workflow)) }
            }
            td.clip data-label="Delivery id" { @match optional(item, "deliveryId") { Some(id) => (id), None => span.none { "–" } } }
            td data-label="Created" { (time(optional(item, "createdAt"))) }
            td.number data-label="Duration" { @match took { Some(ms) => (duration(ms)), None => span.none { "–" } } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_a_field_is_of_utc_and_shown_again() {
        assert_eq!(moment("2026-06-16T12:30"), "2026-06-16T12:30:00Z");
        assert_eq!(moment("2026-06-16T12:30:01"), "2026-06-16T12:30:01Z");
        assert_eq!(moment("2026-06-16"), "2026-06-16");
        assert_eq!(
            moment("2026-06-16T12:30:00+02:00"),
            "2026-06-16T12:30:00+02:00"
        );
        assert_eq!(in_field("2026-06-16T12:30:00Z"), "2026-06-16T12:30");
        assert_eq!(in_field("2026-06-16"), "2026-06-16T00:00");
        assert_eq!(in_field(""), "");
    }
}
