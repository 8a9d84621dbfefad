//! The fields of a subscription as inputs of a form, and the form as a body of the API.

use maud::{Markup, html};
use serde_json::{Map, Value, json};

use crate::json::{self, is, optional, text};
use crate::parts::{checkbox, select};
use crate::refusal::Refusal;
use crate::visit::Visit;

const FORMATS: [(&str, &str); 3] = [
    ("default", "Default JSON"),
    ("slack", "Slack message"),
    ("custom", "Custom template"),
];
const METHODS: [(&str, &str); 3] = [("POST", "POST"), ("PUT", "PUT"), ("PATCH", "PATCH")];

/// What a form has, as texts.
#[derive(Default)]
pub(crate) struct Fields {
    url: String,
    events: Vec<String>,
    workflows: Vec<String>,
    slug: String,
    format: String,
    method: String,
    headers: String,
    template: String,
}

impl Fields {
    /// What the visitor wrote.
    pub(crate) fn of_form(visit: &Visit<'_>) -> Self {
        let owned = |values: Vec<&str>| values.into_iter().map(str::to_owned).collect();
        let field = |name: &str| visit.field(name).to_owned();
        Self {
            url: field("url"),
            events: owned(visit.fields("events")),
            workflows: owned(visit.fields("workflowIds")),
            slug: field("slug"),
            format: field("format"),
            method: field("method"),
            headers: field("headers"),
            template: field("template"),
        }
    }

    /// What the subscription has.
    pub(crate) fn of_subscription(subscription: &Value) -> Self {
        let texts = |name: &str| {
            let texts = json::list(subscription, name)
                .iter()
                .filter_map(Value::as_str);
            texts.map(str::to_owned).collect()
        };
        let field = |name: &str| text(subscription, name).to_owned();
        let headers = subscription["headers"].as_object().into_iter().flatten();
        let headers: Vec<String> = headers
            .map(|(name, value)| format!("{name}: {}", value.as_str().unwrap_or_default()))
            .collect();
        Self {
            url: field("url"),
            events: texts("events"),
            workflows: texts("workflowIds"),
            slug: field("slug"),
            format: field("format"),
            method: field("method"),
            headers: headers.join("\n"),
            template: field("template"),
        }
    }

    /// As the API takes it.
    pub(crate) fn body(&self) -> Result<Value, Refusal> {
        let is_custom = self.format == "custom";
        Ok(json!({
            "url": self.url.trim(),
            "events": self.events,
            "workflowIds": self.workflows,
            "slug": given(&self.slug),
            "format": self.format,
            "method": self.method,
            "headers": self.headers()?,
            "template": if is_custom { json!(self.template) } else { Value::Null },
        }))
    }

    fn headers(&self) -> Result<Value, Refusal> {
        let mut headers = Map::new();
        for line in self.headers.lines().filter(|line| !line.trim().is_empty()) {
            let (name, value) = line.split_once(':').ok_or_else(Refusal::no_header)?;
            headers.insert(name.trim().to_owned(), json!(value.trim()));
        }
        Ok(Value::Object(headers))
    }

    /// The same as a change of what there is: a header that is left out is removed.
    pub(crate) fn patch(&self, now: &Value) -> Result<Value, Refusal> {
        let mut body = self.body()?;
        let known = now["headers"].as_object().into_iter().flatten();
        for (name, _) in known {
            let headers = &mut body["headers"];
            if headers.get(name).is_none() {
                headers[name] = Value::Null;
            }
        }
        Ok(body)
    }
}

fn given(text: &str) -> Value {
    match text.trim() {
        "" => Value::Null,
        text => json!(text),
    }
}

/// The inputs, with what there is so far.
pub(crate) fn inputs(fields: &Fields, types: &[Value], workflows: &[(String, String)]) -> Markup {
    let types: Vec<&Value> = types
        .iter()
        .filter(|each| is(each, "subscribable"))
        .collect();
    html! {
        label { span { "URL of the receiver" } input type="url" name="url" value=(fields.url) required autocomplete="off"; }
        fieldset {
            legend { "Events" }
            @for each in &types {
                @let name = text(each, "name");
                (checkbox("events", name, &named(each), fields.events.iter().any(|chosen| chosen == name)))
            }
        }
        @if !workflows.is_empty() {
            fieldset {
                legend { "Only these workflows (none: all)" }
                @for (id, name) in workflows {
                    (checkbox("workflowIds", id, &html! { (name) }, fields.workflows.contains(id)))
                }
            }
        }
        label { span { "Slug that events must have; empty for any" } input name="slug" value=(fields.slug) autocomplete="off"; }
        (select("format", "Format of the body", &FORMATS, &fields.format))
        label { span { "Template of the body" } textarea.code name="template" rows="4" spellcheck="false" { "\n" (fields.template) } }
        (select("method", "Method", &METHODS, &fields.method))
        label {
            span { "Headers to add, Name: value, one a line; *** keeps a value" }
            textarea.code name="headers" rows="3" spellcheck="false" { "\n" (fields.headers) }
        }
    }
}

fn named(event_type: &Value) -> Markup {
    html! { span title=[optional(event_type, "description")] { (text(event_type, "name")) } }
}
