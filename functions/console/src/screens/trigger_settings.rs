//! The settings of a trigger as a form, and the form as a merge patch of the trigger.

use maud::{Markup, html};
use serde_json::{Map, Value, json};

use crate::json::{self, optional, text};
use crate::layout::token;
use crate::parts::{act, checkbox, json as json_block, select};
use crate::visit::Visit;

const METHODS: [&str; 2] = ["GET", "POST"];
const MODES: [(&str, &str); 3] = [
    ("immediately", "at once, with the execution's id"),
    ("fixed", "at once, with a fixed answer"),
    ("whenDone", "when the execution has ended"),
];
/// Suggested; the API knows which there are.
const SCHEMES: [&str; 7] = [
    "standard-webhooks",
    "github",
    "slack",
    "stripe",
    "twilio",
    "hmac",
    "app",
];
const SHOWN_SETTING_BYTES: usize = 2_000;

/// The section of the page: a form for a key that may change them, facts for one that may not.
pub(crate) fn section(visit: &Visit<'_>, path: &str, trigger: &Value) -> Markup {
    html! {
        section #settings {
            h2 { "Settings" }
            @if visit.session.is_admin() { (form(visit, path, trigger)) } @else { (facts(trigger)) }
            @if !trigger["authentication"].is_null() { (act(visit, &format!("{path}/rotate-secret"), "Rotate the secret")) }
        }
    }
}

fn facts(trigger: &Value) -> Markup {
    let shown = [
        "methods",
        "ipAllowList",
        "cors",
        "condition",
        "deliveryId",
        "response",
        "authentication",
    ];
    html! {
        dl.facts {
            @for name in shown {
                dt { (name) } dd { (json_block(&trigger[name], SHOWN_SETTING_BYTES)) }
            }
        }
    }
}

fn form(visit: &Visit<'_>, path: &str, trigger: &Value) -> Markup {
    let methods: Vec<&str> = json::list(trigger, "methods")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let known = METHODS
        .iter()
        .chain(methods.iter().filter(|method| !METHODS.contains(method)));
    let (response, delivery) = (&trigger["response"], &trigger["deliveryId"]);
    let authentication = &trigger["authentication"];
    html! {
        form.stack method="post" action={ (path) "/settings" } {
            (token(visit))
            fieldset {
                legend { "Methods" }
                @for method in known {
                    (checkbox("methods", method, &html! { (method) }, methods.contains(method)))
                }
            }
            fieldset.fields {
                legend { "Authentication besides the token" }
                label {
                    span { "Scheme; empty for none" }
                    input.code name="scheme" value=(text(authentication, "scheme")) list="schemes" autocomplete="off" spellcheck="false";
                    datalist #schemes { @for scheme in SCHEMES { option value=(scheme) {} } }
                }
                (field("secret", "A new secret; empty keeps or makes one", ""))
                (field("signatureHeader", "Of hmac: the header with the signature", text(authentication, "header")))
            }
            (lines("ipAllowList", "Addresses or networks that may call it, one a line; empty for any", trigger))
            label {
                span { "Origins whose pages may call it, one a line" }
                textarea.code name="origins" rows="2" spellcheck="false" { "\n" (listed(&trigger["cors"], "origins")) }
            }
            label {
                span { "Condition on the event, in jq; empty for none" }
                textarea.code name="condition" rows="2" spellcheck="false" { "\n" (text(trigger, "condition")) }
            }
            fieldset.fields {
                legend { "Where senders put their delivery ids" }
                (field("deliveryHeader", "Header", text(delivery, "header")))
                (field("deliveryPath", "Path in a JSON body, such as $.data.id", text(delivery, "path")))
            }
            fieldset.fields {
                legend { "Answer" }
                (select("mode", "Webhooks are answered", &MODES, text(response, "mode")))
                (field("responseStatus", "Status", &status(&response["status"])))
                (field("responseType", "Content type", text(response, "contentType")))
                label.all {
                    span { "Body" }
                    textarea.code name="responseBody" rows="3" spellcheck="false" { "\n" (text(response, "body")) }
                }
            }
            div.buttons { button.main { "Save" } }
        }
    }
}

fn field(name: &str, label: &str, value: &str) -> Markup {
    html! { label { span { (label) } input.code name=(name) value=(value) autocomplete="off" spellcheck="false"; } }
}

fn lines(name: &str, label: &str, trigger: &Value) -> Markup {
    html! {
        label {
            span { (label) }
            textarea.code name=(name) rows="2" spellcheck="false" { "\n" (listed(trigger, name)) }
        }
    }
}

/// A list with one text a line.
fn listed(value: &Value, name: &str) -> String {
    let texts = json::list(value, name).iter().filter_map(Value::as_str);
    texts.collect::<Vec<_>>().join("\n")
}

fn status(status: &Value) -> String {
    match status {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What the form asks for. Settings that the form does not have stay as they are.
pub(crate) fn patch(visit: &Visit<'_>) -> Value {
    let lines = |name: &str| -> Vec<String> {
        let lines = visit.field(name).lines().map(str::trim);
        lines
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let origins = lines("origins");
    json!({
        "methods": visit.fields("methods"),
        "ipAllowList": lines("ipAllowList"),
        "cors": if origins.is_empty() { Value::Null } else { json!({ "origins": origins }) },
        "condition": given(visit, "condition"),
        "deliveryId": delivery_id(visit),
        "response": response(visit),
        "authentication": authentication(visit),
    })
}

/// A field, or `null` where it is empty.
fn given(visit: &Visit<'_>, name: &str) -> Value {
    match visit.field(name).trim() {
        "" => Value::Null,
        text => json!(text),
    }
}

fn delivery_id(visit: &Visit<'_>) -> Value {
    let (header, path) = (given(visit, "deliveryHeader"), given(visit, "deliveryPath"));
    if header.is_null() && path.is_null() {
        return Value::Null;
    }
    json!({ "header": header, "path": path })
}

fn response(visit: &Visit<'_>) -> Value {
    let mode = visit.field("mode");
    if mode == "immediately" {
        return json!({ "mode": mode });
    }
    let mut response = Map::from_iter([("mode".to_owned(), json!(mode))]);
    let status = visit.field("responseStatus").trim();
    let status = status
        .parse::<u16>()
        .map_or_else(|_| given(visit, "responseStatus"), Value::from);
    for (name, value) in [
        ("status", status),
        ("contentType", given(visit, "responseType")),
        ("body", given(visit, "responseBody")),
    ] {
        response.insert(name.to_owned(), value);
    }
    Value::Object(response)
}

fn authentication(visit: &Visit<'_>) -> Value {
    let scheme = given(visit, "scheme");
    if scheme.is_null() {
        return Value::Null;
    }
    let mut settings = Map::from_iter([("scheme".to_owned(), scheme)]);
    for (field, name) in [("secret", "secret"), ("signatureHeader", "header")] {
        if let Some(text) = optional(&json!({ "text": given(visit, field) }), "text") {
            settings.insert(name.to_owned(), json!(text));
        }
    }
    Value::Object(settings)
}
