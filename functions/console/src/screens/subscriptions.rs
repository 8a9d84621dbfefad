//! The list of subscriptions, and a new one.

use maud::{Markup, html};
use serde_json::Value;

use crate::api_calls::segment;
use crate::json::{self, is, optional, text};
use crate::layout::{Page, Section, token};
use crate::parts::{Paging, copyable, pager, problem, status, time};
use crate::refusal::Refusal;
use crate::screens::subscription_form::{self, Fields};
use crate::visit::{ONCE_FIELD, Shown, Visit};

pub(crate) const PATH: &str = "/console/subscriptions";
const PAGE_ITEMS: &str = "50";

pub(crate) async fn list(visit: &Visit<'_>) -> Shown {
    let query = [("limit", PAGE_ITEMS), ("cursor", visit.parameter("cursor"))];
    let page = visit.api.get("/v1/subscriptions", &query).await?;
    let paging = Paging {
        path: PATH,
        filters: &[],
        page: &page,
    };
    let content = html! {
        div.head {
            h1 { "Subscriptions" }
            @if visit.session.is_admin() { a.button.main href={ (PATH) "/new" } { "New subscription" } }
        }
        section #rows {
            (table(json::items(&page)))
            @if json::items(&page).is_empty() { p.empty { "No subscriptions yet." } }
        }
        (pager(visit, &paging))
    };
    Ok(visit.page(Page::new(Section::Subscriptions, "Subscriptions", content)))
}

/// Subscriptions as rows.
pub(crate) fn table(items: &[Value]) -> Markup {
    html! {
        @if !items.is_empty() {
            table {
                thead { tr { th { "State" } th { "Receiver" } th { "Events" } th { "Changed" } } }
                tbody { @for item in items { (row(item)) } }
            }
        }
    }
}

fn row(item: &Value) -> Markup {
    html! {
        tr {
            td {
                (receiver(item)) " "
                span.hint { (because(item)) }
            }
            td.clip data-label="Receiver" { a data-open href={ (PATH) "/" (segment(text(item, "id"))) } { (text(item, "url")) } }
            td.clip data-label="Events" { (json::joined(item, "events")) }
            td data-label="Changed" { (time(optional(item, "updatedAt"))) }
        }
    }
}

/// How it stands with the receiver of a subscription, in one word.
pub(crate) fn receiver_state(subscription: &Value) -> &'static str {
    let has = |name| optional(subscription, name).is_some();
    match is(subscription, "enabled") {
        false => "disabled",
        true if has("pausedUntil") => "paused",
        true if has("failingSince") => "failing",
        true => "enabled",
    }
}

/// The same as a mark.
pub(crate) fn receiver(subscription: &Value) -> Markup {
    status(receiver_state(subscription))
}

/// Why it is so, or until when; nothing where the receiver works.
pub(crate) fn because(subscription: &Value) -> Markup {
    let at = |name| time(optional(subscription, name));
    html! {
        @match receiver_state(subscription) {
            "disabled" => { (optional(subscription, "disabledReason").map_or("", why)) },
            "paused" => { "it timed out; next attempt " (at("pausedUntil")) },
            "failing" => { "first failure " (at("failingSince")) },
            _ => {},
        }
    }
}

/// Why a subscription is disabled, in words.
fn why(reason: &str) -> &str {
    match reason {
        "asked" => "on request",
        "gone" => "the receiver answered 410",
        "failing" => "it failed for days",
        other => other,
    }
}

/// The form for a new subscription.
pub(crate) async fn new(visit: &Visit<'_>) -> Shown {
    form(visit, &Fields::default(), None).await
}

async fn form(visit: &Visit<'_>, fields: &Fields, refusal: Option<&Refusal>) -> Shown {
    let types = visit.api.get("/v1/event-types", &[("limit", "100")]);
    let (types, workflows) = futures::try_join!(types, visit.workflows())?;
    let content = html! {
        h1 { "New subscription" }
        @if let Some(refusal) = refusal { (problem(refusal)) }
        form.stack method="post" action={ (PATH) "/new" } {
            (token(visit))
            input type="hidden" name=(ONCE_FIELD) value=(visit.once());
            (subscription_form::inputs(fields, json::items(&types), &workflows))
            div.buttons { button.main { "Create" } a.button href=(PATH) { "Cancel" } }
        }
    };
    let page = Page::new(Section::Subscriptions, "New subscription", content);
    Ok(visit.page(match refusal {
        Some(refusal) => page.refused(refusal),
        None => page,
    }))
}

/// Creates it, and shows its secret, which no other page does.
pub(crate) async fn create(visit: &Visit<'_>) -> Shown {
    let fields = Fields::of_form(visit);
    let created = match fields.body() {
        Ok(body) => {
            let once = visit.field(ONCE_FIELD);
            visit.api.send_once("/v1/subscriptions", &body, once).await
        }
        Err(refusal) => Err(refusal),
    };
    match created {
        Ok(created) => Ok(visit.page(created_page(&created))),
        Err(refusal) if refusal.is_correctable() => form(visit, &fields, Some(&refusal)).await,
        Err(refusal) => Err(refusal),
    }
}

fn created_page(created: &Value) -> Page {
    let content = html! {
        h1 { "The subscription was created" }
        (secret(created))
        p { a.button.main href={ (PATH) "/" (segment(text(created, "id"))) } { "Open the subscription" } }
    };
    Page::new(Section::Subscriptions, "Created", content)
}

/// The secret of an answer that has one.
pub(crate) fn secret(answer: &Value) -> Markup {
    html! {
        @if let Some(secret) = optional(answer, "secret") {
            p.notice role="status" { "The secret that deliveries are signed with, shown this once: " (copyable(secret)) }
        }
    }
}
