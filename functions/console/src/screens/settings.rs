//! The org: its plan and what it uses, its API keys, and the names of its secrets.

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::api_calls::segment;
use crate::json::{self, is, number, optional, text};
use crate::layout::{Page, Section, token};
use crate::parts::{act, copyable, flag, problem, time};
use crate::refusal::Refusal;
use crate::screens::home::amount;
use crate::screens::workflows::rate;
use crate::visit::{ONCE_FIELD, Shown, Visit};

const PATH: &str = "/console/settings";
/// Days that are shown without a click.
const SHOWN_DAYS: usize = 7;
const SCOPES: [&str; 3] = ["read", "publish", "admin"];

pub(crate) async fn show(visit: &Visit<'_>) -> Shown {
    page(visit, None).await
}

async fn page(visit: &Visit<'_>, refusal: Option<&Refusal>) -> Shown {
    let all = [("limit", "100")];
    let (org, days, keys) = futures::try_join!(
        visit.api.get("/v1/org", &[]),
        visit.api.get("/v1/org/usage", &[]),
        visit.api.get("/v1/api-keys", &all),
    )?;
    // The names of secrets tell which systems an org is connected to: the API shows them to admins.
    let secrets = match visit.session.is_admin() {
        true => Some(visit.api.get("/v1/secrets", &all).await?),
        false => None,
    };
    let content = html! {
        h1 { "Settings" @if !text(&org, "name").is_empty() { " of " (text(&org, "name")) } }
        @if let Some(refusal) = refusal { (problem(refusal)) }
        (usage(&org))
        (last_days(json::list(&days, "days")))
        (api_keys(visit, json::items(&keys)))
        @if let Some(secrets) = &secrets { (secrets_of(visit, json::items(secrets))) }
    };
    let page = Page::new(Section::Settings, "Settings", content);
    Ok(visit.page(match refusal {
        Some(refusal) => page.refused(refusal),
        None => page,
    }))
}

fn usage(org: &Value) -> Markup {
    let (limits, used) = (&org["limits"], &org["used"]);
    let limit = |name: &str| match limits[name].as_u64() {
        Some(limit) => limit.to_string(),
        None => "unlimited".to_owned(),
    };
    html! {
        section {
            h2 { "Plan and use" }
            dl.facts {
                dt { "Org" } dd { (copyable(text(org, "id"))) }
                dt { "Plan" } dd { (text(org, "plan")) }
                dt { "Webhook triggers" } dd { (if is(limits, "webhookTriggers") { "allowed" } else { "not in the plan" }) }
                dt { "Default rate limit" } dd { (rate(&limits["defaultRateLimit"])) }
                dt { "Webhooks a minute, each workflow" } dd { (limit("webhooksPerMinute")) }
                dt { "Webhooks a day, each workflow" } dd { (limit("webhooksPerDay")) }
                dt { "Active workflows" } dd { (amount("Active workflows", number(used, "activeWorkflows"), limits["activeWorkflows"].as_u64())) }
                @if let Some(credits) = used["credits"].as_u64() {
                    dt { "Credits this month" } dd { (amount("Credits this month", credits, limits["monthlyCredits"].as_u64())) }
                }
            }
        }
    }
}

/// What was used on each of the last days, the latest first.
fn last_days(days: &[Value]) -> Markup {
    let most = days.iter().map(|day| number(day, "executions")).max();
    let most = most.unwrap_or(1).max(1);
    let days: Vec<&Value> = days.iter().rev().collect();
    let (shown, older) = days.split_at(days.len().min(SHOWN_DAYS));
    html! {
        section #usage {
            h2 { "Usage by day" }
            (table_of_days(shown, most))
            @if !older.is_empty() {
                details { summary { "Earlier days" } (table_of_days(older, most)) }
            }
        }
    }
}

fn table_of_days(days: &[&Value], most: u64) -> Markup {
    html! {
        table {
            thead { tr { th { "Day (UTC)" } th.number { "Executions" } th { span.hidden { "Drawn" } } th.number { "Failures" } th.number { "Deliveries" } th.number { "Refusals" } } }
            tbody {
                @for day in days {
                    @let executions = number(day, "executions");
                    tr {
                        td { (text(day, "day")) }
                        td.number data-label="Executions" { (executions) }
                        td.drawn {
                            svg.bar viewBox="0 0 1000 6" preserveAspectRatio="none" aria-hidden="true" {
                                rect.count width=(executions * 1_000 / most) height="6" {}
                            }
                        }
                        td.number data-label="Failures" { (number(day, "failures")) }
                        td.number data-label="Deliveries" { (number(day, "deliveries")) }
                        td.number data-label="Refusals" { (number(day, "refusals")) }
                    }
                }
            }
        }
    }
}

fn api_keys(visit: &Visit<'_>, keys: &[Value]) -> Markup {
    html! {
        section #keys-list {
            h2 { "API keys" }
            table {
                thead { tr { th { "Name" } th { "Key" } th { "Scopes" } th { "Last used" } th { "Expires" } th { span.hidden { "Actions" } } } }
                tbody { @for key in keys { (api_key(visit, key)) } }
            }
            @if visit.session.is_admin() {
                details {
                    summary { "New API key" }
                    form.stack method="post" action={ (PATH) "/api-keys" } {
                        (token(visit))
                        input type="hidden" name=(ONCE_FIELD) value=(visit.once());
                        label { span { "Name" } input name="name" required maxlength="200" autocomplete="off"; }
                        fieldset {
                            legend { "Scopes" }
                            @for scope in SCOPES {
                                (crate::parts::checkbox("scopes", scope, &html! { (scope) }, scope == "read"))
                            }
                        }
                        label { span { "Expires (UTC); empty for never" } input type="datetime-local" name="expiresAt"; }
                        div.buttons { button.main { "Create" } }
                    }
                }
            }
        }
    }
}

fn api_key(visit: &Visit<'_>, key: &Value) -> Markup {
    let id = text(key, "id");
    html! {
        tr {
            td { (text(key, "name")) (flag(is(key, "session") && text(key, "name") != "session", "session")) }
            td data-label="Key" { code { "…" (text(key, "last4")) } }
            td data-label="Scopes" { (json::joined(key, "scopes")) }
            td data-label="Last used" { (time(optional(key, "lastUsedAt"))) }
            td data-label="Expires" { (time(optional(key, "expiresAt"))) }
            td { (act(visit, &format!("{PATH}/api-keys/{}/revoke", segment(id)), "Revoke")) }
        }
    }
}

fn secrets_of(visit: &Visit<'_>, secrets: &[Value]) -> Markup {
    html! {
        section #secrets {
            h2 { "Secrets" }
            @if secrets.is_empty() { p.empty { "No secrets yet." } }
            @else {
                table {
                    thead { tr { th { "Name" } th { "Created" } th { "Set" } th { span.hidden { "Actions" } } } }
                    tbody {
                        @for secret in secrets {
                            @let name = text(secret, "name");
                            tr {
                                td { code { (name) } }
                                td data-label="Created" { (time(optional(secret, "createdAt"))) }
                                td data-label="Set" { (time(optional(secret, "updatedAt"))) }
                                td { (act(visit, &format!("{PATH}/secrets/{}/delete", segment(name)), "Delete")) }
                            }
                        }
                    }
                }
            }
            details {
                summary { "Set a secret" }
                form.stack method="post" action={ (PATH) "/secrets" } {
                    (token(visit))
                    label { span { "Name" } input.code name="name" required autocomplete="off" spellcheck="false"; }
                    label { span { "Value, which no page shows again" } input type="password" name="value" required autocomplete="off"; }
                    div.buttons { button.main { "Set" } }
                }
            }
        }
    }
}

/// What a form of the page asks for.
pub(crate) async fn change(visit: &Visit<'_>, action: &[&str]) -> Shown {
    let changed = match action {
        ["api-keys"] => return create_key(visit).await,
        ["api-keys", id, "revoke"] => {
            let path = format!("/v1/api-keys/{}", segment(id));
            (
                visit.api.send("DELETE", &path, &Value::Null).await,
                "revoked",
            )
        }
        ["secrets"] => {
            let path = format!("/v1/secrets/{}", segment(visit.field("name")));
            let body = json!({ "value": visit.field("value") });
            (visit.api.send("PUT", &path, &body).await, "secret-saved")
        }
        ["secrets", name, "delete"] => {
            let path = format!("/v1/secrets/{}", segment(name));
            (
                visit.api.send("DELETE", &path, &Value::Null).await,
                "deleted",
            )
        }
        _ => return Err(Refusal::not_found()),
    };
    match changed {
        (Ok(_), notice) => Ok(visit.done(PATH, notice)),
        (Err(refusal), _) if refusal.is_correctable() => page(visit, Some(&refusal)).await,
        (Err(refusal), _) => Err(refusal),
    }
}

/// Creates a key, and shows it, which no other page does.
async fn create_key(visit: &Visit<'_>) -> Shown {
    let mut body = json!({ "name": visit.field("name"), "scopes": visit.fields("scopes") });
    let ends = crate::screens::executions::moment(visit.field("expiresAt"));
    if !ends.is_empty() {
        body["expiresAt"] = json!(ends);
    }
    let created = visit
        .api
        .send_once("/v1/api-keys", &body, visit.field(ONCE_FIELD));
    let created = match created.await {
        Ok(created) => created,
        Err(refusal) if refusal.is_correctable() => return page(visit, Some(&refusal)).await,
        Err(refusal) => return Err(refusal),
    };
    let content = html! {
        h1 { "The key was created" }
        @match optional(&created, "key") {
            Some(key) => p.notice role="status" { "The key, shown this once: " (copyable(key)) },
            None => p.empty { "It was created before, and is not shown again." },
        }
        p { a.button.main href=(PATH) { "Back to settings" } }
    };
    Ok(visit.page(Page::new(Section::Settings, "Key created", content)))
}
