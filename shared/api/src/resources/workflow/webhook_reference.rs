//! What a client knows of a webhook when it looks for its workflow: a URL, or an id from one.

use domain::{Secret, TriggerId, WorkflowId};
use percent_encoding::percent_decode_str;

use crate::inbound::Inbound;
use crate::page::only;
use crate::problem::Problem;

/// The parameter of the query.
const NAME: &str = "webhook";
/// Segments of webhook paths that a hook id or a workflow's id follows.
const BEFORE_IDS: [&str; 3] = ["hooks", "hooks2", "webhook"];

/// What is known of a webhook.
#[derive(Debug)]
pub enum WebhookReference {
    /// The workflow, which the URL names.
    Workflow(WorkflowId),
    /// The trigger.
    Trigger(TriggerId),
    /// The hook id of a profile whose URLs name no workflow.
    HookId(Secret),
}

/// Reads the parameter `webhook` of a list of workflows; `None` where the list is not asked for by it. It is an id, or a URL
/// with or without its host. Everything after the path is left alone: no token is needed.
pub fn webhook_reference(inbound: &Inbound) -> Result<Option<WebhookReference>, Problem> {
    let Some(text) = inbound.parameter(NAME) else {
        return Ok(None);
    };
    only(inbound, &[NAME])?;
    let detail = "Give the URL of a webhook, or the id in it.";
    let found = reference(text.trim());
    found
        .map(Some)
        .ok_or_else(|| Problem::invalid_parameter(NAME, detail))
}

fn reference(text: &str) -> Option<WebhookReference> {
    let path = text.split(['?', '#']).next().unwrap_or_default();
    let segments: Vec<String> = path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
        .collect();
    let known = segments.iter().find_map(|segment| {
        let workflow = WorkflowId::parse(segment).map(WebhookReference::Workflow);
        workflow
            .or_else(|_| TriggerId::parse(segment).map(WebhookReference::Trigger))
            .ok()
    });
    let hook_id = || match segments.as_slice() {
        [id] if !path.contains('/') => Some(id),
        several => {
            let at = several
                .iter()
                .rposition(|segment| BEFORE_IDS.contains(&segment.as_str()))?;
            several.get(at + 1)
        }
    };
    known.or_else(|| {
        Some(WebhookReference::HookId(Secret::from_caller(
            hook_id()?.as_str(),
        )))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_requests::with_query;

    fn read(text: &str) -> Option<String> {
        match webhook_reference(&with_query(&[("webhook", text)])) {
            Ok(Some(WebhookReference::Workflow(id))) => Some(id.to_string()),
            Ok(Some(WebhookReference::Trigger(id))) => Some(id.to_string()),
            Ok(Some(WebhookReference::HookId(id))) => Some(id.reveal().to_owned()),
            Ok(None) => panic!("the parameter is given"),
            Err(problem) => {
                assert_eq!(problem.code().as_str(), "INVALID_PARAMETER");
                None
            }
        }
    }

    #[test]
    fn an_id_is_found_in_every_form_of_a_url() {
        let workflow = WorkflowId::derived(&["w"]).to_string();
        let trigger = TriggerId::derived(&["t"]).to_string();
        let hook = "wh_0123456789abcdef0123456789abcdef";
        for (text, expected) in [
            (workflow.clone(), &*workflow),
            (
                format!("https://edge.example/hooks/{workflow}?token=t"),
                &workflow,
            ),
            (format!("/prod/hooks/{workflow}/"), &workflow),
            (trigger.clone(), &trigger),
            (hook.to_owned(), hook),
            (
                format!("https://edge.example/v1/openapi/webhook/{hook}/run"),
                hook,
            ),
            (
                "http://edge.example/workflow/hooks/aB3%2D".to_owned(),
                "aB3-",
            ),
            ("/workflow/hooks2/aB3?a=/hooks/x".to_owned(), "aB3"),
        ] {
            assert_eq!(read(&text).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "/", "https://edge.example/", "/hooks", "?token=t"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn nothing_else_can_be_asked_for_at_once() {
        let both = with_query(&[("webhook", "wf_1"), ("limit", "1")]);
        assert!(webhook_reference(&both).is_err());
        let neither = webhook_reference(&with_query(&[("limit", "1")]));
        assert!(neither.unwrap().is_none());
    }
}
