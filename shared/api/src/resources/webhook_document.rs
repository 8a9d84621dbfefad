//! The webhooks of an org as OpenAPI 3.1, for those who send them: one operation for each method of each enabled trigger, with
//! the trigger's parameters, and with what proves who sends. No token is in it. It does not know where triggers are stored.

mod parameters;
mod security;

use domain::{HookMethod, Trigger, TriggerResponse, WebhookProfile, Workflow};
use serde_json::{Map, Value, json};

use crate::inbound::Inbound;
use crate::page::only;
use crate::problem::Problem;

/// Refuses every parameter of the query.
pub fn query(inbound: &Inbound) -> Result<(), Problem> {
    only(inbound, &[])
}

/// The document. `is_complete` says whether every enabled trigger of the org is among them.
pub fn document(hooks: &[(Workflow, Trigger)], base_url: &str, is_complete: bool) -> Value {
    let mut paths = Map::new();
    let mut schemes = Map::new();
    for (workflow, trigger) in hooks {
        let security = security::of(trigger, &mut schemes);
        let operations = trigger.methods.iter().map(|method| {
            let operation = operation(workflow, trigger, *method, &security);
            (method.as_str().to_ascii_lowercase(), operation)
        });
        paths.insert(path(trigger), Value::Object(operations.collect()));
    }
    let mut description = "The webhooks of the org: the enabled triggers of its active workflows. Each is at a path of its \
        own; what follows a # tells those of one workflow apart, and is not sent."
        .to_owned();
    if !is_complete {
        description.push_str(" There are more than fit into this document.");
    }
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Webhooks", "version": env!("CARGO_PKG_VERSION"), "description": description},
        "servers": [{"url": base_url}],
        "paths": paths,
        "components": {"securitySchemes": schemes},
    })
}

/// The path of the trigger's URL. The id of a hook is a credential, so it is a parameter.
fn path(trigger: &Trigger) -> String {
    match trigger.profile {
        WebhookProfile::Native => format!("/hooks/{}#{}", trigger.workflow_id, trigger.id),
        WebhookProfile::Refly => format!("/v1/openapi/webhook/{{webhookId}}/run#{}", trigger.id),
        WebhookProfile::Hap => format!("/workflow/hooks/{{hookId}}#{}", trigger.id),
    }
}

fn operation(
    workflow: &Workflow,
    trigger: &Trigger,
    method: HookMethod,
    security: &Value,
) -> Value {
    let mut operation = json!({
        "operationId": format!("{}_{}", method.as_str().to_ascii_lowercase(), trigger.id),
        "summary": workflow.name,
        "security": security,
    });
    let mut listed = parameters::outside_the_body(&trigger.parameters, method);
    let hook_id = match trigger.profile {
        WebhookProfile::Native => None,
        WebhookProfile::Refly => Some("webhookId"),
        WebhookProfile::Hap => Some("hookId"),
    };
    listed.extend(hook_id.map(|name| {
        json!({
            "name": name, "in": "path", "required": true, "schema": {"type": "string"},
            "description": "The id of the webhook, as its URL has it: a credential.",
        })
    }));
    if !listed.is_empty() {
        operation["parameters"] = Value::Array(listed);
    }
    if method != HookMethod::Get {
        operation["requestBody"] = parameters::body(&trigger.parameters, trigger.profile);
    }
    operation["responses"] = json!({
        "200": {"description": answer(&trigger.response)},
        "4XX": {"description": "It is refused, and begins nothing."},
        "5XX": {"description": "It is not known what became of it: send it again with the same delivery id."},
    });
    operation
}

fn answer(response: &TriggerResponse) -> &'static str {
    match response {
        TriggerResponse::Immediately => "It is recorded, and its execution will run.",
        TriggerResponse::Fixed(_) => "It is recorded; the answer is the one that the trigger has.",
        TriggerResponse::WhenDone(_) => {
            "Its execution has ended; the answer is made of its output."
        }
    }
}

#[cfg(test)]
mod tests;
