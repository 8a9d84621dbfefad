//! Builds the request of an operation from its OpenAPI description (2.0 or 3.x) and parameters.

use super::request::check_header;
use super::stage::OpenCall;
use crate::uri::percent_encode;
use serde_json::{Map, Value, json};
use url::Url;

const METHODS: &[&str] = &["get", "put", "post", "delete", "options", "head", "patch"];

/// The request that calls `operation`; the error is a sentence for the author.
pub(super) fn request(
    description: &Value,
    from: &Url,
    operation: &str,
    parameters: Map<String, Value>,
) -> Result<OpenCall, String> {
    let found = find(description, operation)
        .ok_or_else(|| format!("the description has no operation `{operation}`"))?;
    let mut builder = RequestBuilder {
        path: found.path.to_owned(),
        query: Vec::new(),
        headers: Vec::new(),
        form: Vec::new(),
        body: None,
        unplaced: parameters,
    };
    for parameter in found.parameters(description) {
        builder.add(parameter)?;
    }
    if found.operation.get("requestBody").is_some() && builder.body.is_none() {
        let unplaced = std::mem::take(&mut builder.unplaced);
        builder.body = Some(
            unplaced
                .get("body")
                .cloned()
                .unwrap_or(Value::Object(unplaced)),
        );
    }
    builder.finish(&base(description, from)?, found.method)
}

struct FoundOperation<'d> {
    path: &'d str,
    method: &'d str,
    item: &'d Value,
    operation: &'d Value,
}

fn find<'d>(description: &'d Value, id: &str) -> Option<FoundOperation<'d>> {
    let paths = description.get("paths")?.as_object()?;
    paths.iter().find_map(|(path, item)| {
        let mut methods = METHODS.iter().copied();
        methods.find_map(|method| {
            let operation = item.get(method)?;
            let has_id = operation.get("operationId").and_then(Value::as_str) == Some(id);
            has_id.then_some(FoundOperation {
                path,
                method,
                item,
                operation,
            })
        })
    })
}

impl<'d> FoundOperation<'d> {
    /// The parameters of the operation, then those of its path that it does not override. References are followed once.
    fn parameters(&self, description: &'d Value) -> Vec<&'d Value> {
        let of = |owner: &'d Value| owner.get("parameters").and_then(Value::as_array);
        let listed = of(self.operation)
            .into_iter()
            .chain(of(self.item))
            .flatten();
        let mut parameters: Vec<&Value> = Vec::new();
        for parameter in listed {
            let reference = parameter.get("$ref").and_then(Value::as_str);
            let target = reference.and_then(|reference| reference.strip_prefix('#'));
            let parameter = target
                .and_then(|target| description.pointer(target))
                .unwrap_or(parameter);
            let same = |known: &&Value| {
                known.get("name") == parameter.get("name") && known.get("in") == parameter.get("in")
            };
            if !parameters.iter().any(same) {
                parameters.push(parameter);
            }
        }
        parameters
    }
}

struct RequestBuilder {
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    form: Vec<(String, String)>,
    body: Option<Value>,
    /// The parameters that the request does not contain yet.
    unplaced: Map<String, Value>,
}

impl RequestBuilder {
    /// Adds a parameter to the part of the request that the description names.
    fn add(&mut self, parameter: &Value) -> Result<(), String> {
        let text = |name: &str| {
            parameter
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let (name, location) = (text("name"), text("in"));
        let Some(value) = self.unplaced.shift_remove(name) else {
            let is_required = parameter.get("required") == Some(&Value::Bool(true));
            return if is_required {
                Err(format!("the parameter `{name}` is missing"))
            } else {
                Ok(())
            };
        };
        match location {
            "body" => self.body = Some(value),
            "path" => {
                let value = scalars(name, &value)?.join(",");
                self.path = self
                    .path
                    .replace(&format!("{{{name}}}"), &percent_encode(&value));
            }
            "query" => self.query.extend(named(name, scalars(name, &value)?)),
            "formData" => self.form.extend(named(name, scalars(name, &value)?)),
            "header" => {
                let value = scalars(name, &value)?.join(", ");
                check_header(name, &value).map_err(str::to_owned)?;
                self.headers.push((name.to_owned(), value));
            }
            other => return Err(format!("a parameter in `{other}` cannot be sent")),
        }
        Ok(())
    }

    fn finish(mut self, base: &str, method: &str) -> Result<OpenCall, String> {
        if let Some(name) = self.unplaced.keys().next() {
            return Err(format!("the operation has no parameter `{name}`"));
        }
        let url = format!("{}{}", base.trim_end_matches('/'), self.path);
        let mut url = Url::parse(&url)
            .map_err(|error| format!("the URL of the operation is invalid: {error}"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err("the server must begin with http:// or https://".to_owned());
        }
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        let mut body = None;
        let mut kind = |kind: &str| {
            self.headers
                .push(("content-type".to_owned(), kind.to_owned()))
        };
        if let Some(value) = self.body {
            kind("application/json");
            body = Some(value.to_string());
        } else if !self.form.is_empty() {
            kind("application/x-www-form-urlencoded");
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            body = Some(form.extend_pairs(&self.form).finish());
        }
        let (method, headers) = (method.to_ascii_uppercase(), self.headers);
        Ok(OpenCall {
            method,
            url: url.into(),
            headers,
            authorization: None,
            body,
            upload: None,
        })
    }
}

fn named(name: &str, values: Vec<String>) -> impl Iterator<Item = (String, String)> {
    values
        .into_iter()
        .map(move |value| (name.to_owned(), value))
}

/// The texts of a scalar or of an array of scalars.
fn scalars(name: &str, value: &Value) -> Result<Vec<String>, String> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::String(text) => Ok(vec![text.clone()]),
        Value::Bool(_) | Value::Number(_) => Ok(vec![value.to_string()]),
        Value::Array(items) if items.iter().all(|item| !item.is_array()) => {
            let each = items.iter().map(|item| scalars(name, item));
            Ok(each.collect::<Result<Vec<_>, _>>()?.concat())
        }
        Value::Array(_) | Value::Object(_) => Err(format!(
            "the parameter `{name}` must be a string, a number, or an array of those"
        )),
    }
}

/// The URL of the server: the first of `servers`, with the defaults of its variables (3.x), or scheme, host and base path
/// (2.0). Parts that the description does not give are those of its own URL.
fn base(description: &Value, from: &Url) -> Result<String, String> {
    if description.get("swagger").is_some() {
        return Ok(base_of_version_2(description, from));
    }
    let server = description.pointer("/servers/0");
    let mut server_url = server
        .and_then(|server| server.get("url")?.as_str())
        .unwrap_or("/")
        .to_owned();
    let variables = server.and_then(|server| server.get("variables")?.as_object());
    for (name, variable) in variables.into_iter().flatten() {
        let default = variable
            .get("default")
            .and_then(Value::as_str)
            .unwrap_or_default();
        server_url = server_url.replace(&format!("{{{name}}}"), default);
    }
    let joined = from.join(&server_url);
    joined
        .map(String::from)
        .map_err(|error| format!("the URL of the server is invalid: {error}"))
}

fn base_of_version_2(description: &Value, from: &Url) -> String {
    let text = |name: &str| description.get(name).and_then(Value::as_str);
    let own_scheme = json!([from.scheme()]);
    let schemes = description.get("schemes").unwrap_or(&own_scheme);
    let offers_https = schemes
        .as_array()
        .is_some_and(|schemes| schemes.iter().any(|scheme| scheme == "https"));
    let scheme = if offers_https { "https" } else { "http" };
    let host = text("host").unwrap_or(from.authority());
    let path = text("basePath").unwrap_or_default();
    format!("{scheme}://{host}{path}")
}
