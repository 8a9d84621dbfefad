//! The parameters of a trigger as OpenAPI has them: in the query, in headers, and as the schema of the body.

use domain::{
    HookMethod, Parameter, ParameterPlace, ParameterType, Parameters, WebhookProfile, body_names,
};
use serde_json::{Value, json};

/// Those in the query and in headers. A `GET` has no body, so there what would be in the body is in the query.
pub(super) fn outside_the_body(parameters: &Parameters, method: HookMethod) -> Vec<Value> {
    let listed = parameters.iter().filter_map(|parameter| {
        let place = match (parameter.field.place(), method) {
            (ParameterPlace::Query, _) | (ParameterPlace::Body, HookMethod::Get) => "query",
            (ParameterPlace::Header, _) => "header",
            (ParameterPlace::Body | ParameterPlace::FullBody, _) => return None,
        };
        let mut listed = json!({
            "name": parameter.field.name(),
            "in": place,
            "required": parameter.required,
            "schema": {"type": parameter.field.kind().as_str()},
        });
        if let Some(description) = &parameter.description {
            listed["description"] = json!(description);
        }
        Some(listed)
    });
    listed.collect()
}

/// The body: of refly, in its envelope.
pub(super) fn body(parameters: &Parameters, profile: WebhookProfile) -> Value {
    let mut schema = json!({"type": "object"});
    let mut is_required = false;
    for parameter in parameters.iter() {
        match parameter.field.place() {
            ParameterPlace::Body => {
                is_required |= parameter.required;
                insert(&mut schema, &body_names(parameter.field.name()), parameter);
            }
            ParameterPlace::FullBody => {
                is_required |= parameter.required;
                schema = described(parameter);
            }
            ParameterPlace::Query | ParameterPlace::Header => {}
        }
    }
    let has_text = parameters.iter().any(|parameter| {
        parameter.field.place() == ParameterPlace::FullBody
            && parameter.field.kind() == ParameterType::String
    });
    let media_type = if has_text {
        "text/plain"
    } else {
        "application/json"
    };
    json!({"required": is_required && profile != WebhookProfile::Hap, "content": {media_type: {"schema": schema}}})
}

/// Adds a parameter at the path of its names.
fn insert(schema: &mut Value, names: &[String], parameter: &Parameter) {
    let Some((name, inner)) = names.split_first() else {
        return;
    };
    if parameter.required {
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        if !required.iter().any(|known| known == name) {
            let with: Vec<Value> = required.into_iter().chain([json!(name)]).collect();
            schema["required"] = json!(with);
        }
    }
    match inner {
        [] => {
            let properties = schema["properties"][name].clone();
            let mut own = described(parameter);
            if let Some(known) = properties.get("properties") {
                own["properties"] = known.clone();
            }
            schema["properties"][name] = own;
        }
        inner => {
            if schema["properties"][name].is_null() {
                schema["properties"][name] = json!({"type": "object"});
            }
            insert(&mut schema["properties"][name], inner, parameter);
        }
    }
}

fn described(parameter: &Parameter) -> Value {
    let mut schema = json!({"type": parameter.field.kind().as_str()});
    if let Some(description) = &parameter.description {
        schema["description"] = json!(description);
    }
    schema
}
