//! One trigger: its switch, its URL, its settings, its sample, and why its last webhook was refused.

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::api_calls::{segment, with_query};
use crate::json::{self, is, optional, text};
use crate::layout::{Live, Page, Section, token};
use crate::parts::{act, act_with, copyable, enabled, json as json_block, problem, time};
use crate::refusal::Refusal;
use crate::screens::{executions, trigger_settings, workflow};
use crate::visit::{ONCE_FIELD, Shown, Visit};

const SHOWN_SAMPLE_BYTES: usize = 4_000;

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

pub(crate) async fn create(visit: &Visit<'_>, workflow_id: &str) -> Shown {
    let path = format!("{}/triggers", workflow::in_api(workflow_id));
    let created = visit
        .api
        .send_once(&path, &json!({}), visit.field(ONCE_FIELD))
        .await?;
    Ok(visit.done(&page_of((workflow_id, text(&created, "id"))), "created"))
}

pub(crate) async fn show(visit: &Visit<'_>, ids: Ids<'_>) -> Shown {
    page(visit, ids, None, None).await
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
        if_there(visit, &sample_path),
        if_there(visit, &capture_path),
    )?;
    let is_waiting = capture
        .as_ref()
        .is_some_and(|capture| matches!(text(capture, "state"), "pending" | "open"));
    let content = html! {
        (head(visit, ids, &trigger))
        @if let Some(refusal) = refusal { (problem(refusal)) }
        @if let Some(fresh) = fresh { (secrets(fresh)) }
        div.columns {
            div {
                (address(visit, ids, url.as_deref()))
                (capturing(visit, ids, capture.as_ref()))
                (sampled(visit, ids, sample.as_ref()))
                (parameters(json::list(&trigger, "parameters")))
            }
            div {
                (last_refusal(&trigger))
                (trigger_settings::section(visit, &page_of(ids), &trigger))
            }
        }
    };
    let live = if is_waiting { Live::On } else { Live::Off };
    let page = Page::new(Section::Workflows, "Trigger", content).live(live);
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
    match visit.api.get(path, &[("reveal", "url")]).await {
        Ok(revealed) => Ok(optional(&revealed, "url").map(str::to_owned)),
        Err(refusal) if refusal.text("code") == "NOT_FOUND" => Ok(None),
        Err(refusal) => Err(refusal),
    }
}

async fn if_there(visit: &Visit<'_>, path: &str) -> Result<Option<Value>, Refusal> {
    match visit.api.get(path, &[]).await {
        Ok(found) => Ok(Some(found)),
        Err(refusal) if refusal.text("code") == "NOT_FOUND" => Ok(None),
        Err(refusal) => Err(refusal),
    }
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
                @if !trigger["sampledAt"].is_null() { (act(visit, &format!("{path}/test"), "Run with sample")) }
                @if visit.session.is_admin() { a.button.danger href={ (path) "/delete" } { "Delete" } }
            }
        }
        dl.facts #facts {
            dt { "Id" } dd { (copyable(ids.1)) }
            dt { "Workflow" } dd { a href=(workflow::page_of(ids.0)) { (ids.0) } }
            dt { "Profile" } dd { (text(trigger, "profile")) }
            dt { "Created" } dd { (time(optional(trigger, "createdAt"))) }
            dt { "Executions" } dd { a href=(with_query(executions::PATH, &[("workflowId", ids.0), ("triggerId", ids.1)])) { "Those of this trigger, live" } }
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
                        summary { "Set it up at the sender" }
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

fn capturing(visit: &Visit<'_>, ids: Ids<'_>, capture: Option<&Value>) -> Markup {
    let path = page_of(ids);
    html! {
        section #capture {
            h2 { "Capture a sample" }
            @match capture {
                None => {
                    p.hint { "Opens a window in which the next request to the webhook becomes the sample." }
                    (act(visit, &format!("{path}/capture"), "Capture the next request"))
                },
                Some(capture) => {
                    (captured(capture))
                    div.buttons {
                        @if text(capture, "state") == "captured" {
                            (act(visit, &format!("{path}/capture/confirm"), "Make it the sample"))
                        }
                        (act(visit, &format!("{path}/capture"), "Capture again"))
                        (act(visit, &format!("{path}/capture/close"), "Stop"))
                    }
                },
            }
        }
    }
}

fn captured(capture: &Value) -> Markup {
    let sample = &capture["sample"];
    html! {
        p {
            @match text(capture, "state") {
                "captured" => "A request was captured:",
                "expired" => "The window has closed, and no request came.",
                "pending" => { "The window opens " (time(optional(capture, "opensAt"))) },
                _ => { "Waiting for a request: the window closes " (time(optional(capture, "closesAt"))) },
            }
        }
        @if !sample.is_null() {
            p { code { (text(&sample["request"], "method")) } " at " (time(optional(sample, "takenAt"))) }
            (json_block(&sample["event"], SHOWN_SAMPLE_BYTES))
            (parameters(json::list(capture, "parameters")))
        }
    }
}

fn sampled(visit: &Visit<'_>, ids: Ids<'_>, sample: Option<&Value>) -> Markup {
    let path = page_of(ids);
    html! {
        section {
            h2 { "Sample" }
            @match sample {
                Some(sample) => {
                    p.hint { "From " (text(sample, "origin")) ", " (time(optional(sample, "takenAt"))) }
                    (json_block(&sample["event"], SHOWN_SAMPLE_BYTES))
                    (act(visit, &format!("{path}/sample/delete"), "Delete the sample"))
                },
                None => p.empty { "It has none: capture one, or write one." },
            }
            @if visit.session.is_admin() {
                details {
                    summary { "Write a sample" }
                    form.stack method="post" action={ (path) "/sample" } {
                        (token(visit))
                        label { span { "An example of a body, in JSON" } textarea.code name="json" rows="8" required spellcheck="false" {} }
                        div.buttons { button.main { "Keep it" } }
                    }
                }
            }
        }
    }
}

fn parameters(parameters: &[Value]) -> Markup {
    html! {
        @if !parameters.is_empty() {
            details {
                summary { "Parameters " span.hint { (parameters.len()) } }
                dl.pairs {
                    @for each in parameters {
                        dt { (text(each, "name")) }
                        dd {
                            (text(each, "type")) " in " (text(each, "in"))
                            @if is(each, "required") { ", required" }
                            @if let Some(description) = optional(each, "description") { ": " (description) }
                        }
                    }
                }
            }
        }
    }
}

/// Why the last webhook was refused that had the right token.
fn last_refusal(trigger: &Value) -> Markup {
    let refusal = &trigger["lastRefusal"];
    let code = text(refusal, "code");
    html! {
        section #refusal {
            h2 { "Why was the last webhook refused?" }
            @if refusal.is_null() {
                p.empty { "None was, of those with the right token." }
            } @else {
                p { code { (code) } " " (advice(code)) }
                dl.facts {
                    dt { "Came" } dd { (time(optional(refusal, "at"))) }
                    dt { "From" } dd { (optional(refusal, "sourceIp").unwrap_or("unknown")) }
                    dt { "Headers" } dd { (json::joined(refusal, "headers")) }
                }
            }
        }
    }
}

/// What to do about a refusal.
fn advice(code: &str) -> &'static str {
    match code {
        "INVALID_SIGNATURE" => {
            "The signature is missing, stale or wrong: compare scheme and secret with the sender's."
        }
        "IP_NOT_ALLOWED" => "Its address is in none of the networks that the settings allow.",
        "WEBHOOK_DISABLED" => "The trigger is disabled: enable it.",
        "WORKFLOW_INACTIVE" => "The workflow is inactive: activate it.",
        "METHOD_NOT_ALLOWED" => "The settings do not allow its method.",
        "INVALID_REQUEST_BODY" => "Its body cannot be read as its content type says.",
        "MISSING_PARAMETER" => "It lacks a required parameter, or has one of another type.",
        "UNSUPPORTED_ENCODING" => "Its body is compressed: let the sender send it as it is.",
        "INVALID_DELIVERY_ID" => "Its delivery id is malformed: see where senders put theirs.",
        "RATE_LIMITED" => {
            "The rate limit of the workflow was exceeded: raise it, or let the sender slow down."
        }
        "PLAN_LIMIT_EXCEEDED" => "The plan of the org allows no more.",
        "INSUFFICIENT_CREDITS" => "The org has no credits left this month.",
        _ => "",
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
        ["rotate"] => ("POST", "/rotate", "rotated"),
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
            a.button href=(page_of(ids)) { "Keep it" }
        }
    };
    Ok(visit.page(Page::new(Section::Workflows, "Delete a trigger", content)))
}
