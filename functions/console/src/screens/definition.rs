//! The definition of a workflow in the editor: checked, or made its next version.

use maud::html;
use serde_json::json;

use crate::layout::{Page, Section};
use crate::parts::{page_bytes, yaml};
use crate::screens::editor::{self, Draft, Wanted};
use crate::screens::workflow::{in_api, page_of};
use crate::visit::{Shown, Visit};

/// A definition that takes more of a page is not edited in a browser.
const MAX_EDITED_DEFINITION_BYTES: usize = 40_000;

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
pub(crate) async fn save(visit: &Visit<'_>, id: &str) -> Shown {
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
