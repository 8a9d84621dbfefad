//! Templates that are given as JSON instead of text. It does not know events.

use minijinja::machinery::ast::Stmt;
use serde_json::Value;

use super::allowed;

/// The text of a template that is given as JSON. A string of it that is exactly one expression, such as `"{{event.id}}"`,
/// stands without its quotes, so that the part becomes what it is in the event: a number, an object, a string.
pub fn json_template(json: &Value) -> String {
    match json {
        Value::String(text) if is_one_expression(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(json_template).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{}:{}", quoted(name), json_template(value)))
                .collect();
            format!("{{{}}}", fields.join(","))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => json.to_string(),
    }
}

fn quoted(name: &str) -> String {
    Value::from(name).to_string()
}

/// A newline at the end of a template is not part of what is parsed, so the end of the text is looked at, too.
fn is_one_expression(text: &str) -> bool {
    let parsed = match text.starts_with("{{") && text.ends_with("}}") {
        true => allowed::parsed(text),
        false => return false,
    };
    match parsed {
        Ok(Stmt::Template(template)) => {
            matches!(template.children.as_slice(), [Stmt::EmitExpr(_)])
        }
        _ => false,
    }
}
