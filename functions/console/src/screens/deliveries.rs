//! The list of deliveries, and one delivery: its attempts with their answers, what was sent, and the next attempt.

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::api_calls::segment;
use crate::json::{self, is, number, optional, text};
use crate::layout::{Live, Page, Section};
use crate::parts::{
    Paging, act, copyable, duration, json as json_block, pager, select, status, text_block, time,
};
use crate::screens::executions::{in_field, moment};
use crate::visit::{Shown, Visit};

pub(crate) const PATH: &str = "/console/deliveries";
const PAGE_ITEMS: &str = "25";
const STATUSES: [(&str, &str); 5] = [
    ("", "any"),
    ("pending", "pending"),
    ("delivered", "delivered"),
    ("exhausted", "exhausted"),
    ("cancelled", "cancelled"),
];
const SHOWN_BODY_BYTES: usize = 8_000;
/// Bytes of one answer's body on the page, and of one header's value; attempts on the page.
const SHOWN_ANSWER_BYTES: usize = 1_200;
const SHOWN_VALUE_CHARACTERS: usize = 200;
const SHOWN_ATTEMPTS: usize = 12;

pub(crate) fn page_of(id: &str) -> String {
    format!("{PATH}/{}", segment(id))
}

pub(crate) async fn list(visit: &Visit<'_>) -> Shown {
    let (since, until) = (
        moment(visit.parameter("since")),
        moment(visit.parameter("until")),
    );
    let mut filters = vec![("since", since.as_str()), ("until", until.as_str())];
    for name in ["subscriptionId", "status", "eventId", "eventType"] {
        filters.push((name, visit.parameter(name).trim()));
    }
    filters.retain(|(_, value)| !value.is_empty());
    let mut query = filters.clone();
    query.extend([("limit", PAGE_ITEMS), ("cursor", visit.parameter("cursor"))]);
    let page = visit.api.get("/v1/deliveries", &query).await?;
    let paging = Paging {
        path: PATH,
        filters: &filters,
        page: &page,
    };
    let content = html! {
        h1 { "Deliveries" }
        (form(visit, &since, &until, !filters.is_empty()))
        section #rows data-rows {
            (table(json::items(&page)))
            @if json::items(&page).is_empty() { p.empty { "No deliveries match." } }
        }
        (pager(visit, &paging))
    };
    Ok(visit.page(Page::new(Section::Deliveries, "Deliveries", content)))
}

fn form(visit: &Visit<'_>, since: &str, until: &str, is_open: bool) -> Markup {
    let input = |name: &'static str, label: &'static str| {
        html! { label { span { (label) } input name=(name) value=(visit.parameter(name)) autocomplete="off" spellcheck="false"; } }
    };
    html! {
        details.filters open[is_open] {
            summary { "Filters" }
            form action=(PATH) {
                (select("status", "Status", &STATUSES, visit.parameter("status")))
                (input("subscriptionId", "Subscription id"))
                (input("eventId", "Event id"))
                (input("eventType", "Event type"))
                label { span { "From (UTC)" } input type="datetime-local" name="since" value=(in_field(since)); }
                label { span { "Before (UTC)" } input type="datetime-local" name="until" value=(in_field(until)); }
                div.buttons { button.main { "Apply" } a.button href=(PATH) { "Clear" } }
            }
        }
    }
}

/// Deliveries as rows.
pub(crate) fn table(items: &[Value]) -> Markup {
    html! {
        @if !items.is_empty() {
            table {
                thead { tr { th { "Status" } th { "Delivery" } th { "Event" } th.number { "Attempts" } th { "Next attempt" } th { "Created" } } }
                tbody { @for item in items { (row(item)) } }
            }
        }
    }
}

fn row(item: &Value) -> Markup {
    let id = text(item, "id");
    html! {
        tr id=(id) {
            td { (status(text(item, "status"))) }
            td data-label="Delivery" { a.id data-open href=(page_of(id)) { (id) } }
            td data-label="Event" { (text(item, "eventType")) }
            td.number data-label="Attempts" { (number(item, "attemptCount")) }
            td data-label="Next attempt" { (time(optional(item, "nextAttemptAt"))) }
            td data-label="Created" { (time(optional(item, "createdAt"))) }
        }
    }
}

pub(crate) async fn show(visit: &Visit<'_>, id: &str) -> Shown {
    let path = format!("/v1/deliveries/{}", segment(id));
    let request_path = format!("{path}/request");
    let delivery = visit.api.get(&path, &[]).await?;
    // The event of an old delivery has expired, and its subscription may be gone: the attempts stay. What is sent does not
    // change, so a fragment leaves it out.
    let request = match visit.is_fragment() {
        true => None,
        false => Some(visit.api.get(&request_path, &[]).await),
    };
    let is_pending = text(&delivery, "status") == "pending";
    let content = html! {
        (head(visit, &delivery))
        div.columns {
            section #attempts {
                h2 { "Attempts" }
                (attempts(json::list(&delivery, "attempts")))
            }
            @if let Some(request) = &request {
                section {
                    h2 { "Request" }
                    @match request {
                        Ok(request) => (sent(request)),
                        Err(refusal) => p.empty { (refusal.text("detail")) },
                    }
                }
            }
        }
    };
    let live = if is_pending { Live::On } else { Live::Off };
    Ok(visit.page(Page::new(Section::Deliveries, "Delivery", content).live(live)))
}

fn head(visit: &Visit<'_>, delivery: &Value) -> Markup {
    let id = text(delivery, "id");
    let subscription = text(delivery, "subscriptionId");
    html! {
        div.head {
            h1 { "Delivery " span #state { (status(text(delivery, "status"))) } }
            div.buttons { (act(visit, &format!("{}/retry", page_of(id)), "Retry now")) }
        }
        dl.facts #facts {
            dt { "Id" } dd { (copyable(id)) }
            dt { "Event" } dd { (text(delivery, "eventType")) ", " (copyable(text(delivery, "eventId"))) }
            dt { "Subscription" } dd { a.id href={ "/console/subscriptions/" (segment(subscription)) } { (subscription) } }
            dt { "Attempts" } dd { (number(delivery, "attemptCount")) }
            dt { "Next attempt" } dd { (time(optional(delivery, "nextAttemptAt"))) }
            dt { "Created" } dd { (time(optional(delivery, "createdAt"))) }
        }
    }
}

fn attempts(attempts: &[Value]) -> Markup {
    let first = attempts.len().saturating_sub(SHOWN_ATTEMPTS);
    html! {
        @if attempts.is_empty() { p.empty { "No attempts yet." } }
        @if first > 0 { p.cut { "The last " (SHOWN_ATTEMPTS) " of " (attempts.len()) "." } }
        ol.timeline {
            @for (index, attempt) in attempts.iter().enumerate().skip(first).rev() { (one(index + 1, attempt)) }
        }
    }
}

fn one(number: usize, attempt: &Value) -> Markup {
    let answer = attempt["status"].as_u64();
    let has_failed =
        attempt["error"].is_string() || !answer.is_some_and(|status| (200..300).contains(&status));
    // The status says so already.
    let said = answer.map(|answer| format!("the receiver answered {answer}"));
    let error = optional(attempt, "error").filter(|error| said.as_deref() != Some(*error));
    let headers = attempt["responseHeaders"].as_object().into_iter().flatten();
    let shown = |value: &Value| -> String {
        let text = value.as_str().unwrap_or_default();
        text.chars().take(SHOWN_VALUE_CHARACTERS).collect()
    };
    html! {
        li.step {
            details open[has_failed] {
                summary {
                    span.name { "Attempt " (number) }
                    (status(if has_failed { "failed" } else { "delivered" }))
                    @if let Some(answer) = answer { span.kind { "answered " (answer) } } @else { span.kind { "no answer" } }
                    span.took { (time(optional(attempt, "at"))) ", " (duration(attempt["latencyMs"].as_i64().unwrap_or_default())) }
                }
                @if let Some(error) = error { p { (error) } }
                dl.pairs {
                    @for (name, value) in headers.take(20) { dt { (name) } dd { (shown(value)) } }
                }
                @if let Some(body) = optional(attempt, "responseBody") { (text_block(body, SHOWN_ANSWER_BYTES)) }
            }
        }
    }
}

fn sent(request: &Value) -> Markup {
    let headers = request["headers"].as_object().into_iter().flatten();
    let when = if is(request, "sent") {
        "As it was sent, "
    } else {
        "As it will be sent, "
    };
    html! {
        p.hint { (when) "attempt " (number(request, "attempt")) ", made anew from the subscription as it is now." }
        p { code { (text(request, "method")) " " (text(request, "url")) } }
        dl.pairs {
            @for (name, value) in headers { dt { (name) } dd { (value.as_str().unwrap_or_default()) } }
        }
        @match optional(request, "body") {
            Some(body) => (readable(body)),
            None => p.empty { (text(request, "error")) },
        }
    }
}

/// JSON in lines, and any other text as it is.
fn readable(body: &str) -> Markup {
    match serde_json::from_str::<Value>(body) {
        Ok(value) => json_block(&value, SHOWN_BODY_BYTES),
        Err(_) => text_block(body, SHOWN_BODY_BYTES),
    }
}

/// Attempts it again now.
pub(crate) async fn retry(visit: &Visit<'_>, id: &str) -> Shown {
    let path = format!("/v1/deliveries/{}/retry", segment(id));
    visit.api.send("POST", &path, &json!({})).await?;
    Ok(visit.done(&page_of(id), "retried"))
}
