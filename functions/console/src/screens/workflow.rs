//! One workflow: its state, its graph and definition, its triggers, its versions, its settings, its last executions.

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::api_calls::{segment, with_query};
use crate::json::{self, is, number, optional, text};
use crate::layout::{Page, Section, token};
use crate::parts::{
    act, active, copyable, diff, enabled, page_bytes, problem, text_block, time, yaml,
};
use crate::refusal::Refusal;
use crate::screens::editor::{self, Draft, Wanted};
use crate::screens::workflows::{PATH, rate};
use crate::screens::{executions, graph};
use crate::visit::{Shown, Visit};

/// Bytes of a definition on a page that shows more than it.
const SHOWN_DEFINITION_BYTES: usize = 12_000;
const SHOWN_VERSION_BYTES: usize = 40_000;
/// A definition that takes more of a page is not edited in a browser.
const MAX_EDITED_DEFINITION_BYTES: usize = 40_000;
const LAST_ITEMS: &str = "10";

/// The path of a workflow in the console.
pub(crate) fn page_of(id: &str) -> String {
    format!("{PATH}/{}", segment(id))
}

pub(crate) fn in_api(id: &str) -> String {
    format!("/v1/workflows/{}", segment(id))
}

pub(crate) async fn show(visit: &Visit<'_>, id: &str) -> Shown {
    shown(visit, id, None).await
}

async fn shown(visit: &Visit<'_>, id: &str, refusal: Option<&Refusal>) -> Shown {
    let path = in_api(id);
    let (graph_path, triggers_path) = (format!("{path}/graph"), format!("{path}/triggers"));
    let versions_path = format!("{path}/versions");
    let limit = [("limit", LAST_ITEMS)];
    let last = [("workflowId", id), ("limit", LAST_ITEMS)];
    let all = [("limit", "100")];
    let (workflow, graph, triggers, versions, last) = futures::try_join!(
        visit.api.get(&path, &[]),
        visit.api.get(&graph_path, &[]),
        visit.api.get(&triggers_path, &all),
        visit.api.get(&versions_path, &limit),
        visit.api.get("/v1/executions", &last),
    )?;
    let named = [(id.to_owned(), text(&workflow, "name").to_owned())];
    let content = html! {
        (head(visit, &workflow))
        @if let Some(refusal) = refusal { (problem(refusal)) }
        div.columns {
            div {
                section { h2 { "Tasks" } (graph::blocks(&graph, &[])) }
                section {
                    div.head {
                        h2 { "Definition" }
                        @if visit.session.is_admin() { a.button href={ (page_of(id)) "/edit" } { "Edit" } }
                    }
                    (text_block(&yaml(&workflow["definition"]), SHOWN_DEFINITION_BYTES))
                }
            }
            div {
                (triggers_of(visit, id, json::items(&triggers)))
                (versions_of(id, json::items(&versions)))
                (settings(visit, &workflow))
            }
        }
        section #rows {
            div.head.inset {
                h2 { "Last executions" }
                a href=(with_query(executions::PATH, &[("workflowId", id)])) { "All of this workflow, live" }
            }
            (executions::table(json::items(&last), &named))
            @if json::items(&last).is_empty() { p.empty { "It has not run yet." } }
        }
    };
    let page = Page::new(Section::Workflows, text(&workflow, "name"), content);
    Ok(visit.page(match refusal {
        Some(refusal) => page.refused(refusal),
        None => page,
    }))
}

fn head(visit: &Visit<'_>, workflow: &Value) -> Markup {
    let path = page_of(text(workflow, "id"));
    let is_active = is(workflow, "active");
    html! {
        div.head {
            h1 { (text(workflow, "name")) " " (active(is_active)) }
            div.buttons {
                @if is_active { (act(visit, &format!("{path}/deactivate"), "Deactivate")) }
                @else { (act(visit, &format!("{path}/activate"), "Activate")) }
                @if visit.session.is_admin() { a.button.danger href={ (path) "/delete" } { "Delete" } }
            }
        }
        dl.facts #facts {
            dt { "Id" } dd { (copyable(text(workflow, "id"))) }
            dt { "Slug" } dd { code { (text(workflow, "slug")) } }
            dt { "Version" } dd { (number(workflow, "version")) }
            dt { "Rate limit" } dd { (rate(&workflow["rateLimit"])) }
            dt { "Created" } dd { (time(optional(workflow, "createdAt"))) }
            dt { "Changed" } dd { (time(optional(workflow, "updatedAt"))) }
        }
    }
}

fn triggers_of(visit: &Visit<'_>, id: &str, triggers: &[Value]) -> Markup {
    html! {
        section {
            div.head { h2 { "Triggers" } (act(visit, &format!("{}/triggers", page_of(id)), "New trigger")) }
            @if triggers.is_empty() { p.empty { "Nothing begins it yet: a trigger gives it a webhook URL." } }
            ul.plain {
                @for trigger in triggers {
                    li {
                        (enabled(is(trigger, "enabled"))) " "
                        a.id href={ (page_of(id)) "/triggers/" (segment(text(trigger, "id"))) } { (text(trigger, "id")) }
                        " " span.hint {
                            (json::joined(trigger, "methods"))
                            @if !trigger["authentication"].is_null() { ", " (text(&trigger["authentication"], "scheme")) }
                        }
                    }
                }
            }
        }
    }
}

fn versions_of(id: &str, versions: &[Value]) -> Markup {
    html! {
        section {
            h2 { "Versions" }
            ul.plain {
                @for version in versions {
                    li {
                        a href={ (page_of(id)) "/versions/" (number(version, "version")) } { "Version " (number(version, "version")) }
                        @if is(version, "current") { " " span.flag { "current" } }
                        " " span.hint { (time(optional(version, "createdAt"))) }
                    }
                }
            }
        }
    }
}

fn settings(visit: &Visit<'_>, workflow: &Value) -> Markup {
    let limit = &workflow["rateLimit"];
    html! {
        @if visit.session.is_admin() {
            section {
                h2 { "Settings" }
                form.stack method="post" action={ (page_of(text(workflow, "id"))) "/settings" } {
                    (token(visit))
                    label { span { "Name" } input name="name" value=(text(workflow, "name")) required maxlength="200"; }
                    label { span { "Webhooks at once" } input type="number" name="capacity" min="1" value=(limit["capacity"].to_string()) required; }
                    label { span { "More a second" } input type="number" name="refill" min="0" step="any" value=(limit["refillPerSecond"].to_string()) required; }
                    div.buttons { button.main { "Save" } }
                }
            }
        }
    }
}

/// A number as the visitor wrote it; text that is none is left to the API to refuse.
fn as_number(text: &str) -> Value {
    serde_json::from_str(text.trim()).unwrap_or_else(|_| json!(text))
}

pub(crate) async fn save_settings(visit: &Visit<'_>, id: &str) -> Shown {
    let body = json!({
        "name": visit.field("name"),
        "rateLimit": {
            "capacity": as_number(visit.field("capacity")),
            "refillPerSecond": as_number(visit.field("refill")),
        },
    });
    match visit.api.send("PATCH", &in_api(id), &body).await {
        Ok(_) => Ok(visit.done(&page_of(id), "saved")),
        Err(refusal) if refusal.is_correctable() => shown(visit, id, Some(&refusal)).await,
        Err(refusal) => Err(refusal),
    }
}

/// Activates or deactivates it.
pub(crate) async fn switch(visit: &Visit<'_>, id: &str, to: &str) -> Shown {
    let path = format!("{}/{to}", in_api(id));
    visit.api.send("POST", &path, &json!({})).await?;
    let notice = if to == "activate" {
        "activated"
    } else {
        "deactivated"
    };
    Ok(visit.done(&page_of(id), notice))
}

/// Asks before it is deleted.
pub(crate) async fn confirm_delete(visit: &Visit<'_>, id: &str) -> Shown {
    let workflow = visit.api.get(&in_api(id), &[]).await?;
    let content = html! {
        h1 { "Delete " (text(&workflow, "name")) "?" }
        p { "Its webhooks are refused from then on. Its executions stay until they expire, and cannot be replayed." }
        div.buttons {
            (act(visit, &format!("{}/delete", page_of(id)), "Delete"))
            a.button href=(page_of(id)) { "Keep it" }
        }
    };
    Ok(visit.page(Page::new(Section::Workflows, "Delete a workflow", content)))
}

pub(crate) async fn delete(visit: &Visit<'_>, id: &str) -> Shown {
    visit.api.send("DELETE", &in_api(id), &Value::Null).await?;
    Ok(visit.done(PATH, "deleted"))
}

/// The editor with the current definition.
pub(crate) async fn edit(visit: &Visit<'_>, id: &str) -> Shown {
    let workflow = visit.api.get(&in_api(id), &[]).await?;
    let text = yaml(&workflow["definition"]);
    if page_bytes(&text) > MAX_EDITED_DEFINITION_BYTES {
        let content = html! {
            h1 { "Edit the definition" }
            p.empty {
                "A definition of " (text.len()) " bytes is not edited here: texts of up to " (MAX_EDITED_DEFINITION_BYTES)
                " bytes are. " code { "PATCH " (in_api(id)) } " takes any."
            }
            p { a href=(page_of(id)) { "Back to the workflow" } }
        };
        return Ok(visit.page(Page::new(Section::Workflows, "Edit", content)));
    }
    let draft = Draft {
        yaml: &text,
        ..Draft::default()
    };
    Ok(visit.page(editor_page(visit, id, &draft)))
}

fn editor_page(visit: &Visit<'_>, id: &str, draft: &Draft<'_>) -> Page {
    let action = format!("{}/edit", page_of(id));
    let content = editor::form(visit, "Edit the definition", &action, &page_of(id), draft);
    Page::new(Section::Workflows, "Edit", content)
}

/// Checks the definition, or makes it the next version.
pub(crate) async fn save_definition(visit: &Visit<'_>, id: &str) -> Shown {
    let yaml = visit.field("yaml");
    let draft = Draft {
        yaml,
        ..Draft::default()
    };
    if Wanted::of(visit) == Wanted::Check {
        let checked = editor::check(visit, yaml).await?;
        let draft = Draft {
            checked: Some(&checked),
            ..draft
        };
        return Ok(visit.page(editor_page(visit, id, &draft)));
    }
    let body = json!({ "definitionYaml": yaml });
    match visit.api.send("PATCH", &in_api(id), &body).await {
        Ok(_) => Ok(visit.done(&page_of(id), "saved")),
        Err(refusal) if refusal.is_correctable() => {
            let draft = Draft {
                refusal: Some(&refusal),
                ..draft
            };
            Ok(visit.page(editor_page(visit, id, &draft).refused(&refusal)))
        }
        Err(refusal) => Err(refusal),
    }
}

/// One version, and what is different from the one before, or from another one.
pub(crate) async fn version(visit: &Visit<'_>, id: &str, number: &str) -> Shown {
    let of = |number: &str| format!("{}/versions/{}", in_api(id), segment(number));
    let found = visit.api.get(&of(number), &[]).await?;
    let current = json::number(&found, "version");
    let before = match visit.parameter("against") {
        "" => current.saturating_sub(1).to_string(),
        against => against.to_owned(),
    };
    let old = match before.as_str() {
        "0" => None,
        before => Some(visit.api.get(&of(before), &[]).await?),
    };
    let text = yaml(&found["definition"]);
    let content = html! {
        h1 { "Version " (current) " of " a href=(page_of(id)) { (id) } }
        p.hint { "Written " (time(optional(&found, "createdAt"))) @if is(&found, "current") { ", the current one" } }
        @if let Some(old) = old {
            section { h2 { "Different from version " (before) } (diff(&yaml(&old["definition"]), &text)) }
        }
        section { h2 { "Definition" } (text_block(&text, SHOWN_VERSION_BYTES / 2)) }
        (go_back_to(visit, id, &found))
    };
    Ok(visit.page(Page::new(
        Section::Workflows,
        format!("Version {current}"),
        content,
    )))
}

/// An older version becomes the next one.
fn go_back_to(visit: &Visit<'_>, id: &str, found: &Value) -> Markup {
    let number = number(found, "version");
    html! {
        @if !is(found, "current") {
            (act(visit, &format!("{}/versions/{number}/restore", page_of(id)), "Make it the next version"))
        }
    }
}

pub(crate) async fn restore(visit: &Visit<'_>, id: &str, number: &str) -> Shown {
    let path = format!("{}/versions/{}", in_api(id), segment(number));
    let found = visit.api.get(&path, &[]).await?;
    // YAML replaces the definition as a whole; JSON would be merged into the current one.
    let body = json!({ "definitionYaml": yaml(&found["definition"]) });
    visit.api.send("PATCH", &in_api(id), &body).await?;
    Ok(visit.done(&page_of(id), "saved"))
}
