//! From an OpenAPI description (2.0 or 3.x) and parameters to the request that an operation asks for. Pure.

use super::request::{check_header, encoded};
use super::stage::OpenCall;
use serde_json::{Map, Value, json};
use url::Url;

const METHODS: &[&str] = &["get", "put", "post", "delete", "options", "head", "patch"];

/// The request that calls `operation`, or a sentence that says why there is none.
pub(super) fn request(
    description: &Value,
    from: &Url,
    operation: &str,
    parameters: Map<String, Value>,
) -> Result<OpenCall, String> {
    let found = find(description, operation)
        .ok_or_else(|| format!("the description has no operation `{operation}`"))?;
    let mut building = Building {
        path: found.path.to_owned(),
        query: Vec::new(),
        headers: Vec::new(),
        form: Vec::new(),
        body: None,
        left: parameters,
    };
    for parameter in found.parameters(description) {
        building.place(parameter)?;
    }
    if found.operation.get("requestBody").is_some() && building.body.is_none() {
        let left = std::mem::take(&mut building.left);
        building.body = Some(left.get("body").cloned().unwrap_or(Value::Object(left)));
    }
    building.finish(&base(description, from)?, found.method)
}

struct Found<'d> {
    path: &'d str,
    method: &'d str,
    item: &'d Value,
    operation: &'d Value,
}

fn find<'d>(description: &'d Value, id: &str) -> Option<Found<'d>> {
    let paths = description.get("paths")?.as_object()?;
    paths.iter().find_map(|(path, item)| {
        let mut methods = METHODS.iter().copied();
        methods.find_map(|method| {
            let operation = item.get(method)?;
            let is_it = operation.get("operationId").and_then(Value::as_str) == Some(id);
            is_it.then_some(Found {
                path,
                method,
                item,
                operation,
            })
        })
    })
}

impl<'d> Found<'d> {
    /// The operation's parameters, then those of its path that it does not have itself; references followed once.
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

struct Building {
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    form: Vec<(String, String)>,
    body: Option<Value>,
    /// The parameters that have no place yet.
    left: Map<String, Value>,
}

impl Building {
    /// Puts a parameter where the description says.
    fn place(&mut self, parameter: &Value) -> Result<(), String> {
        let text = |name: &str| {
            parameter
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let (name, place) = (text("name"), text("in"));
        let Some(value) = self.left.remove(name) else {
            let is_required = parameter.get("required") == Some(&Value::Bool(true));
            return if is_required {
                Err(format!("the parameter `{name}` is missing"))
            } else {
                Ok(())
            };
        };
        match place {
            "body" => self.body = Some(value),
            "path" => {
                let value = scalars(name, &value)?.join(",");
                self.path = self.path.replace(&format!("{{{name}}}"), &encoded(&value));
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
        if let Some(name) = self.left.keys().next() {
            return Err(format!("the operation has no parameter `{name}`"));
        }
        let url = format!("{}{}", base.trim_end_matches('/'), self.path);
        let mut url = Url::parse(&url).map_err(|error| format!("no URI to call: {error}"))?;
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
            "the parameter `{name}` must be a string or a number, or several"
        )),
    }
}

/// The server: the first of `servers`, with the defaults of its variables (3.x), or scheme, host and base path (2.0).
/// What is missing is taken from where the description is.
fn base(description: &Value, from: &Url) -> Result<String, String> {
    let text = |name: &str| description.get(name).and_then(Value::as_str);
    if description.get("swagger").is_some() {
        let schemes = description
            .get("schemes")
            .cloned()
            .unwrap_or_else(|| json!([from.scheme()]));
        let offered: Vec<&str> = schemes
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let scheme = if offered.contains(&"https") {
            "https"
        } else {
            "http"
        };
        let own = from.authority().to_owned();
        let host = text("host").map_or(own, str::to_owned);
        return Ok(format!(
            "{scheme}://{host}{}",
            text("basePath").unwrap_or_default()
        ));
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
        .map_err(|error| format!("no server to call: {error}"))
}
