//! One trigger: its switch, its URL, its settings, its sample, and why its last webhook was refused.

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::api_calls::{segment, with_query};
use crate::json::{self, is, optional, text};
use crate::layout::{Live, Page, Section};
use crate::parts::{act, act_with, copyable, enabled, problem, time};
use crate::refusal::Refusal;
use crate::screens::{executions, trigger_refusal, trigger_sample, trigger_settings, workflow};
use crate::visit::{ONCE_FIELD, Shown, Visit};

/// Workflow and trigger.
pub(crate) type Ids<'a> = (&'a str, &'a str);

pub(crate) fn page_of((workflow_id, id): Ids<'_>) -> String {
    format!(
        "{}/triggers/{}",
        workflow::page_of(workflow_id),
        segment(id)
    )
}

pub(crate) fn in_api((workflow_id, id): Ids<'_>) -> String {
    format!("{}/triggers/{}", workflow::in_api(workflow_id), segment(id))
}

/// Where the workflow is run with the sample.
pub(crate) fn test_path(ids: Ids<'_>) -> String {
    format!("{}/test", page_of(ids))
}

pub(crate) async fn create(visit: &Visit<'_>, workflow_id: &str) -> Shown {
    let path = format!("{}/triggers", workflow::in_api(workflow_id));
    let created = visit
        .api
        .send_once(&path, &json!({}), visit.field(ONCE_FIELD))
        .await?;
    Ok(visit.done(&page_of((workflow_id, text(&created, "id"))), "created"))
}

pub(crate) async fn show(visit: &Visit<'_>, ids: Ids<'_>) -> Shown {
    if visit.is_fragment() {
        return window(visit, ids).await;
    }
    page(visit, ids, None, None).await
}

/// What changes on the page while it waits for a request: the window of the capture.
async fn window(visit: &Visit<'_>, ids: Ids<'_>) -> Shown {
    let path = format!("{}/capture", in_api(ids));
    let capture = visit.api.get_if_found(&path, &[]).await?;
    if capture.is_none() {
        // There is no window, or no such trigger.
        visit.api.get(&in_api(ids), &[]).await?;
    }
    let content = trigger_sample::capturing(visit, ids, capture.as_ref());
    let page = Page::new(Section::Workflows, "Trigger", content);
    Ok(visit.page(page.live(live(capture.as_ref()))))
}

fn live(capture: Option<&Value>) -> Live {
    let state = capture.map_or("", |capture| text(capture, "state"));
    match state {
        "pending" | "open" => Live::On,
        _ => Live::Off,
    }
}

/// The page, with a refusal of what was asked for, or with a secret that is shown once.
async fn page(
    visit: &Visit<'_>,
    ids: Ids<'_>,
    refusal: Option<&Refusal>,
    fresh: Option<&Value>,
) -> Shown {
    let path = in_api(ids);
    let trigger = visit.api.get(&path, &[]).await?;
    let (sample_path, capture_path) = (format!("{path}/sample"), format!("{path}/capture"));
    let (url, sample, capture) = futures::try_join!(
        url(visit, &path),
        visit.api.get_if_found(&sample_path, &[]),
        visit.api.get_if_found(&capture_path, &[]),
    )?;
    let content = html! {
        (head(visit, ids, &trigger))
        @if let Some(refusal) = refusal { (problem(refusal)) }
        @if let Some(fresh) = fresh { (secrets(fresh)) }
        div.columns {
            div {
                (address(visit, ids, url.as_deref()))
                (trigger_sample::capturing(visit, ids, capture.as_ref()))
                (trigger_sample::sampled(visit, ids, sample.as_ref()))
                (trigger_sample::parameters(json::list(&trigger, "parameters")))
            }
            div {
                (trigger_refusal::last_refusal(&trigger))
                (trigger_settings::section(visit, &page_of(ids), &trigger))
            }
        }
    };
    let page = Page::new(Section::Workflows, "Trigger", content);
    let page = page.live(live(capture.as_ref()));
    Ok(visit.page(match refusal {
        Some(refusal) => page.refused(refusal),
        None => page,
    }))
}

/// The URL with its token, for a key that may see it, and a token that is kept.
pub(crate) async fn url(visit: &Visit<'_>, path: &str) -> Result<Option<String>, Refusal> {
    if !visit.session.is_admin() {
        return Ok(None);
    }
    let revealed = visit.api.get_if_found(path, &[("reveal", "url")]).await?;
    let url = revealed
        .as_ref()
        .and_then(|revealed| optional(revealed, "url"));
    Ok(url.map(str::to_owned))
}

fn head(visit: &Visit<'_>, ids: Ids<'_>, trigger: &Value) -> Markup {
    let path = page_of(ids);
    let is_enabled = is(trigger, "enabled");
    html! {
        div.head {
            h1 { "Trigger " (enabled(is_enabled)) }
            div.buttons {
                @if is_enabled { (act(visit, &format!("{path}/disable"), "Disable")) }
                @else { (act(visit, &format!("{path}/enable"), "Enable")) }
                @if !trigger["sampledAt"].is_null() { (act(visit, &test_path(ids), "Run with sample")) }
                @if visit.session.is_admin() { a.button.danger href={ (path) "/delete" } { "Delete" } }
            }
        }
        dl.facts #facts {
            dt { "Id" } dd { (copyable(ids.1)) }
            dt { "Workflow" } dd { a href=(workflow::page_of(ids.0)) { (ids.0) } }
            dt { "Profile" } dd { (text(trigger, "profile")) }
            dt { "Created" } dd { (time(optional(trigger, "createdAt"))) }
            dt { "Executions" } dd { a href=(with_query(executions::PATH, &[("workflowId", ids.0), ("triggerId", ids.1)])) { "View all of this trigger, live" } }
        }
    }
}

fn address(visit: &Visit<'_>, ids: Ids<'_>, url: Option<&str>) -> Markup {
    html! {
        section {
            h2 { "Webhook URL" }
            @match url {
                Some(url) => {
                    p { (copyable(url)) }
                    details {
                        summary { "Set up at the sender" }
                        (setup(url))
                    }
                },
                None => p.empty {
                    @if visit.session.is_admin() { "Its token is not kept; rotate it to get a new URL." }
                    @else { "A key with the scope admin shows it, because it contains the token." }
                },
            }
            (act_with(visit, &format!("{}/rotate", page_of(ids)), "Rotate the token", &[]))
        }
    }
}

/// Where the URL goes at senders that many have.
fn setup(url: &str) -> Markup {
    html! {
        dl.facts {
            dt { "Anything" } dd { pre { code data-copy-block { "curl '" (url) "' -H 'content-type: application/json' -d '{}'" } } }
            dt { "GitHub" } dd { "Settings, Webhooks, Add webhook: this URL as payload URL, " code { "application/json" } ", and the secret of the scheme " code { "github" } "." }
            dt { "Stripe" } dd { "Developers, Webhooks, Add endpoint: this URL; its signing secret goes into the scheme " code { "stripe" } "." }
            dt { "Slack" } dd { "Event Subscriptions, Request URL: this URL; the app's signing secret goes into the scheme " code { "slack" } "." }
            dt { "Twilio" } dd { "The number's configuration, A message comes in, Webhook: this URL; the account's auth token goes into the scheme " code { "twilio" } "." }
        }
    }
}

/// Secrets that an answer shows once.
fn secrets(fresh: &Value) -> Markup {
    let authentication = &fresh["authentication"];
    html! {
        @for (label, name) in [("Secret", "secret"), ("App key", "appKey"), ("Secret key", "secretKey"), ("Sign", "sign")] {
            @if let Some(secret) = optional(authentication, name) {
                p.notice role="status" { (label) ", shown this once: " (copyable(secret)) }
            }
        }
    }
}

/// What a button of the page asks for.
pub(crate) async fn change(visit: &Visit<'_>, ids: Ids<'_>, action: &[&str]) -> Shown {
    let path = in_api(ids);
    let (method, below, notice) = match action {
        ["enable"] => ("POST", "/enable", "enabled"),
        ["disable"] => ("POST", "/disable", "disabled"),
        ["rotate"] => ("POST", "/rotate", "token-rotated"),
        ["capture"] => ("POST", "/capture", "capturing"),
        ["capture", "close"] => ("DELETE", "/capture", "capture-closed"),
        ["capture", "confirm"] => ("POST", "/capture/confirm", "sampled"),
        ["sample", "delete"] => ("DELETE", "/sample", "sample-deleted"),
        ["sample"] => return Box::pin(write_sample(visit, ids)).await,
        ["settings"] => return Box::pin(save(visit, ids)).await,
        ["test"] => return test(visit, ids).await,
        ["delete"] => {
            visit.api.send("DELETE", &path, &Value::Null).await?;
            return Ok(visit.done(&workflow::page_of(ids.0), "deleted"));
        }
        ["rotate-secret"] => {
            let rotated = visit
                .api
                .send("POST", &format!("{path}/rotate-secret"), &json!({}))
                .await?;
            return Box::pin(page(visit, ids, None, Some(&rotated))).await;
        }
        _ => return Err(Refusal::not_found()),
    };
    visit
        .api
        .send(method, &format!("{path}{below}"), &Value::Null)
        .await?;
    Ok(visit.done(&page_of(ids), notice))
}

async fn write_sample(visit: &Visit<'_>, ids: Ids<'_>) -> Shown {
    let text = visit.field("json");
    let example = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
    let path = format!("{}/sample", in_api(ids));
    match visit
        .api
        .send("POST", &path, &json!({ "json": example }))
        .await
    {
        Ok(_) => Ok(visit.done(&page_of(ids), "saved")),
        Err(refusal) if refusal.is_correctable() => page(visit, ids, Some(&refusal), None).await,
        Err(refusal) => Err(refusal),
    }
}

async fn save(visit: &Visit<'_>, ids: Ids<'_>) -> Shown {
    let patch = trigger_settings::patch(visit);
    match visit.api.send("PATCH", &in_api(ids), &patch).await {
        Ok(changed) if has_secret(&changed) => page(visit, ids, None, Some(&changed)).await,
        Ok(_) => Ok(visit.done(&page_of(ids), "saved")),
        Err(refusal) if refusal.is_correctable() => page(visit, ids, Some(&refusal), None).await,
        Err(refusal) => Err(refusal),
    }
}

fn has_secret(changed: &Value) -> bool {
    let authentication = &changed["authentication"];
    ["secret", "secretKey"]
        .iter()
        .any(|name| optional(authentication, name).is_some())
}

/// Runs the workflow with the sample, and goes on to the execution.
async fn test(visit: &Visit<'_>, ids: Ids<'_>) -> Shown {
    let path = format!("{}/test", in_api(ids));
    let once = visit.field(ONCE_FIELD);
    let started = visit.api.send_once(&path, &json!({}), once).await?;
    let to = format!("{}/{}", executions::PATH, segment(text(&started, "id")));
    Ok(visit.done(&to, "tested"))
}

/// Asks before it is deleted.
pub(crate) async fn confirm_delete(visit: &Visit<'_>, ids: Ids<'_>) -> Shown {
    visit.api.get(&in_api(ids), &[]).await?;
    let content = html! {
        h1 { "Delete the trigger?" }
        p { "Its URL is refused from then on." }
        div.buttons {
            (act(visit, &format!("{}/delete", page_of(ids)), "Delete"))
            a.button href=(page_of(ids)) { "Cancel" }
        }
    };
    Ok(visit.page(Page::new(Section::Workflows, "Delete a trigger", content)))
}
