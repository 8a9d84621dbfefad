//! One subscription: its receiver, its state, its last deliveries, and what can be done with it.

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::api_calls::{segment, with_query};
use crate::json::{self, is, number, optional, text};
use crate::layout::{Page, Section, token};
use crate::parts::{act, act_with, copyable, problem, time};
use crate::refusal::Refusal;
use crate::screens::deliveries;
use crate::screens::executions::moment;
use crate::screens::subscription_form::{self, Fields};
use crate::screens::subscriptions::{PATH, because, receiver, receiver_state, secret};
use crate::visit::{ONCE_FIELD, Shown, Visit};

const LAST_ITEMS: &str = "10";
/// What is counted before deliveries are restarted is counted up to this.
const COUNTED: &str = "100";

fn page_of(id: &str) -> String {
    format!("{PATH}/{}", segment(id))
}

fn in_api(id: &str) -> String {
    format!("/v1/subscriptions/{}", segment(id))
}

pub(crate) async fn show(visit: &Visit<'_>, id: &str) -> Shown {
    shown(visit, id, None, None, None).await
}

async fn shown(
    visit: &Visit<'_>,
    id: &str,
    written: Option<Fields>,
    refusal: Option<&Refusal>,
    fresh: Option<&Value>,
) -> Shown {
    let path = in_api(id);
    let last = [("subscriptionId", id), ("limit", LAST_ITEMS)];
    let types = [("limit", "100")];
    let (subscription, last, types, workflows) = futures::try_join!(
        visit.api.get(&path, &[]),
        visit.api.get("/v1/deliveries", &last),
        visit.api.get("/v1/event-types", &types),
        visit.workflows(),
    )?;
    let fields = written.unwrap_or_else(|| Fields::of_subscription(&subscription));
    let content = html! {
        (head(visit, &subscription))
        @if let Some(refusal) = refusal { (problem(refusal)) }
        @if let Some(fresh) = fresh { (secret(fresh)) }
        section #rows {
            div.head.inset {
                h2 { "Recent deliveries" }
                a href=(with_query(deliveries::PATH, &[("subscriptionId", id)])) { "View all" }
            }
            (deliveries::table(json::items(&last)))
            @if json::items(&last).is_empty() { p.empty { "No deliveries yet." } }
        }
        div.columns {
            @if visit.session.is_admin() {
                section {
                    h2 { "Settings" }
                    form.stack method="post" action={ (page_of(id)) "/settings" } {
                        (token(visit))
                        (subscription_form::inputs(&fields, json::items(&types), &workflows))
                        div.buttons { button.main { "Save" } }
                    }
                }
            }
            (recovery(visit, id))
        }
    };
    let page = Page::new(Section::Subscriptions, "Subscription", content);
    Ok(visit.page(match refusal {
        Some(refusal) => page.refused(refusal),
        None => page,
    }))
}

fn head(visit: &Visit<'_>, subscription: &Value) -> Markup {
    let path = page_of(text(subscription, "id"));
    let is_enabled = is(subscription, "enabled");
    html! {
        div.head {
            h1 { (text(subscription, "url")) " " (receiver(subscription)) }
            div.buttons {
                (act(visit, &format!("{path}/test"), "Send a test event"))
                @if is_enabled { (act(visit, &format!("{path}/disable"), "Disable")) }
                @else { (act(visit, &format!("{path}/enable"), "Enable")) }
                (act(visit, &format!("{path}/rotate"), "Rotate the secret"))
                @if visit.session.is_admin() { a.button.danger href={ (path) "/delete" } { "Delete" } }
            }
        }
        dl.facts #facts {
            dt { "Id" } dd { (copyable(text(subscription, "id"))) }
            dt { "Events" } dd { (json::joined(subscription, "events")) }
            dt { "Profile" } dd { (text(subscription, "profile")) }
            dt { "Sends" } dd { (text(subscription, "method")) ", format " (text(subscription, "format")) }
            @match receiver_state(subscription) {
                "disabled" => { dt { "Disabled" } dd { (because(subscription)) ", " (time(optional(subscription, "disabledAt"))) } },
                "paused" => {
                    dt { "Paused" } dd { (because(subscription)) }
                    dt { "First failure" } dd { (time(optional(subscription, "failingSince"))) }
                },
                "failing" => { dt { "Failing" } dd { (because(subscription)) "; it is disabled after five days without a success" } },
                _ => {},
            }
            dt { "Created" } dd { (time(optional(subscription, "createdAt"))) }
        }
    }
}

fn recovery(visit: &Visit<'_>, id: &str) -> Markup {
    html! {
        @if visit.session.is_admin() {
            section {
                h2 { "Recover" }
                p.hint { "Restarts the deliveries that ended without success." }
                form.stack action={ (page_of(id)) "/recover" } {
                    label { span { "Created at or after (UTC)" } input type="datetime-local" name="since" required; }
                    div.buttons { button { "Count deliveries" } }
                }
            }
        }
    }
}

/// How many deliveries would be restarted, before they are.
pub(crate) async fn count_recovery(visit: &Visit<'_>, id: &str) -> Shown {
    let since = moment(visit.parameter("since"));
    let query = [
        ("subscriptionId", id),
        ("status", "exhausted"),
        ("since", &since),
        ("limit", COUNTED),
    ];
    let found = visit.api.get("/v1/deliveries", &query).await?;
    let more = if found["nextCursor"].is_null() {
        ""
    } else {
        "or more "
    };
    let count = json::items(&found).len();
    let content = html! {
        h1 { "Recover deliveries" }
        p { strong { (count) } " " (more) "exhausted deliveries were created at or after " (time(Some(&since))) "." }
        div.buttons {
            @if count > 0 {
                (act_with(visit, &format!("{}/recover", page_of(id)), "Recover them", &[("since", &since)]))
            }
            a.button href=(page_of(id)) { "Back" }
        }
    };
    Ok(visit.page(Page::new(Section::Subscriptions, "Recover", content)))
}

/// Restarts deliveries, and says how many; where there are more, they are restarted with one more click.
async fn recover(visit: &Visit<'_>, id: &str) -> Shown {
    let since = visit.field("since");
    let query = [("since", since), ("cursor", visit.field("cursor"))];
    let path = with_query(&format!("{}/recover", in_api(id)), &query);
    let recovered = visit.api.send("POST", &path, &Value::Null).await?;
    let Some(cursor) = optional(&recovered, "nextCursor") else {
        return Ok(visit.done(&page_of(id), "recovered"));
    };
    let more = [("since", since), ("cursor", cursor)];
    let content = html! {
        h1 { "Recover deliveries" }
        p { (number(&recovered, "recovered")) " deliveries were restarted; there are more." }
        (act_with(visit, &format!("{}/recover", page_of(id)), "Continue", &more))
    };
    Ok(visit.page(Page::new(Section::Subscriptions, "Recover", content)))
}

/// What a button of the page asks for.
pub(crate) async fn change(visit: &Visit<'_>, id: &str, action: &str) -> Shown {
    let path = in_api(id);
    let empty = json!({});
    match action {
        "enable" | "disable" => {
            visit
                .api
                .send("POST", &format!("{path}/{action}"), &empty)
                .await?;
            let notice = if action == "enable" {
                "enabled"
            } else {
                "disabled"
            };
            Ok(visit.done(&page_of(id), notice))
        }
        "test" => {
            let once = visit.field(ONCE_FIELD);
            let sent = visit
                .api
                .send_once(&format!("{path}/test"), &empty, once)
                .await?;
            let delivery = deliveries::page_of(text(&sent, "deliveryId"));
            Ok(visit.done(&delivery, "test-sent"))
        }
        "rotate" => {
            let rotated = visit
                .api
                .send("POST", &format!("{path}/rotate-secret"), &empty)
                .await?;
            Box::pin(shown(visit, id, None, None, Some(&rotated))).await
        }
        "recover" => recover(visit, id).await,
        "settings" => Box::pin(save(visit, id)).await,
        "delete" => {
            visit.api.send("DELETE", &path, &Value::Null).await?;
            Ok(visit.done(PATH, "deleted"))
        }
        _ => Err(Refusal::not_found()),
    }
}

async fn save(visit: &Visit<'_>, id: &str) -> Shown {
    let fields = Fields::of_form(visit);
    let now = visit.api.get(&in_api(id), &[]).await?;
    let saved = match fields.patch(&now) {
        Ok(patch) => visit.api.send("PATCH", &in_api(id), &patch).await,
        Err(refusal) => Err(refusal),
    };
    match saved {
        Ok(_) => Ok(visit.done(&page_of(id), "saved")),
        Err(refusal) if refusal.is_correctable() => {
            shown(visit, id, Some(fields), Some(&refusal), None).await
        }
        Err(refusal) => Err(refusal),
    }
}

/// Asks before it is deleted.
pub(crate) async fn confirm_delete(visit: &Visit<'_>, id: &str) -> Shown {
    let subscription = visit.api.get(&in_api(id), &[]).await?;
    let content = html! {
        h1 { "Delete the subscription?" }
        p { (text(&subscription, "url")) " gets no more events; what is under way to it is cancelled." }
        div.buttons {
            (act(visit, &format!("{}/delete", page_of(id)), "Delete"))
            a.button href=(page_of(id)) { "Cancel" }
        }
    };
    Ok(visit.page(Page::new(
        Section::Subscriptions,
        "Delete a subscription",
        content,
    )))
}
