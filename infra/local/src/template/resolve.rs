//! CloudFormation's intrinsic functions, those that are read here. Does not know what the resources mean, only what they
//! are called.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{DeploymentScope, TemplateError};

/// Parameters may name parameters through resources' names; a template deeper than this refers to itself.
pub(super) const DEPTH_LIMIT: usize = 32;

/// How the transform of serverless applications refers to the alias of a function.
const ALIAS: &str = ".Alias";

/// A key as a part of a JSON pointer (RFC 6901).
pub(super) fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

pub(super) struct Resolver<'a> {
    pub(super) document: &'a Value,
    pub(super) scope: &'a DeploymentScope,
    /// Templates that are deployed before this one: their outputs are values of its parameters.
    earlier: &'a [Arc<Value>],
}

impl<'a> Resolver<'a> {
    pub(super) fn new(
        document: &'a Value,
        earlier: &'a [Arc<Value>],
        scope: &'a DeploymentScope,
    ) -> Self {
        Self {
            document,
            scope,
            earlier,
        }
    }

    /// `value` with every function in it replaced by its value.
    pub(super) fn resolve(&self, value: &Value, path: &str) -> Result<Value, TemplateError> {
        self.resolve_within(value, path, DEPTH_LIMIT)
    }

    pub(super) fn resolve_within(
        &self,
        value: &Value,
        path: &str,
        depth: usize,
    ) -> Result<Value, TemplateError> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(TemplateError::new(path, "refers to itself"));
        };
        match value {
            Value::Object(entries) => match single(entries) {
                Some(("Ref", name)) => self.reference(name, path, depth),
                Some(("Fn::GetAtt", target)) => {
                    self.attribute(target, path, depth).map(Value::String)
                }
                Some(("Fn::Sub", text)) => self.substituted(text, path, depth).map(Value::String),
                Some(("Fn::Join", parts)) => self.joined(parts, path, depth).map(Value::String),
                Some(("Fn::Split", parts)) => self.split(parts, path, depth),
                Some(("Fn::FindInMap", parts)) => self.found_in_map(parts, path, depth),
                Some(("Fn::If", parts)) => {
                    let chosen = self.chosen(parts, path, depth)?;
                    self.resolve_within(chosen, path, depth)
                }
                Some(_) | None => self.mapping(entries, path, depth),
            },
            Value::Array(items) => self.list(items, path, depth),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(value.clone()),
        }
    }

    /// A property whose value is `AWS::NoValue` is not there.
    fn mapping(
        &self,
        entries: &Map<String, Value>,
        path: &str,
        depth: usize,
    ) -> Result<Value, TemplateError> {
        let mut resolved = Map::new();
        for (key, inner) in entries {
            let path = format!("{path}/{}", escaped(key));
            let value = self.resolve_within(inner, &path, depth)?;
            if !value.is_null() {
                resolved.insert(key.clone(), value);
            }
        }
        Ok(resolved.into())
    }

    fn list(&self, items: &[Value], path: &str, depth: usize) -> Result<Value, TemplateError> {
        let mut resolved = Vec::new();
        for (index, inner) in items.iter().enumerate() {
            let value = self.resolve_within(inner, &format!("{path}/{index}"), depth)?;
            if !value.is_null() {
                resolved.push(value);
            }
        }
        Ok(resolved.into())
    }

    fn reference(&self, name: &Value, path: &str, depth: usize) -> Result<Value, TemplateError> {
        let Some(name) = name.as_str() else {
            return Err(TemplateError::new(path, "Ref takes a name"));
        };
        if let Some(value) = self.pseudo_parameter(name) {
            return Ok(value.into());
        }
        if name == "AWS::NoValue" {
            return Ok(Value::Null);
        }
        if let Some(parameter) = self
            .document
            .get("Parameters")
            .and_then(|all| all.get(name))
        {
            if let Some(output) = self.output_of_earlier(name, path, depth) {
                return output;
            }
            return default_of(parameter).ok_or_else(|| {
                TemplateError::new(
                    path,
                    format!("the parameter {name} has no Default, and no value is given"),
                )
            });
        }
        if let Some(function) = name.strip_suffix(ALIAS) {
            return self.alias_arn(function, path, depth).map(Value::String);
        }
        let (kind, physical) = self.named(name, path, depth)?;
        Ok(match kind {
            "AWS::SQS::Queue" => self.queue_url(&physical).into(),
            _ => physical.into(),
        })
    }

    /// The value that an earlier template has under that name among its outputs.
    fn output_of_earlier(
        &self,
        name: &str,
        path: &str,
        depth: usize,
    ) -> Option<Result<Value, TemplateError>> {
        let (document, earlier) = self.earlier.split_last()?;
        let resolver = Resolver::new(document, earlier, self.scope);
        match document.pointer(&format!("/Outputs/{}/Value", escaped(name))) {
            Some(output) => Some(resolver.resolve_within(output, path, depth)),
            None => resolver.output_of_earlier(name, path, depth),
        }
    }

    fn attribute(&self, target: &Value, path: &str, depth: usize) -> Result<String, TemplateError> {
        let parts: Vec<&str> = target
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        match parts[..] {
            [resource, attribute] => self.attribute_of(resource, attribute, path, depth),
            _ => Err(TemplateError::new(
                path,
                "Fn::GetAtt takes a resource and an attribute",
            )),
        }
    }

    fn substituted(&self, text: &Value, path: &str, depth: usize) -> Result<String, TemplateError> {
        let (text, variables) = match text {
            Value::String(text) => (text.as_str(), None),
            Value::Array(parts) => match &parts[..] {
                [Value::String(text), Value::Object(variables)] => (text.as_str(), Some(variables)),
                _ => {
                    return Err(TemplateError::new(
                        path,
                        "Fn::Sub takes a text, or a text and its variables",
                    ));
                }
            },
            _ => {
                return Err(TemplateError::new(
                    path,
                    "Fn::Sub takes a text, or a text and its variables",
                ));
            }
        };
        let mut pieces = text.split("${");
        let mut whole = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let Some((name, rest)) = piece.split_once('}') else {
                return Err(TemplateError::new(path, "a ${ is not closed"));
            };
            match (
                name.strip_prefix('!'),
                variables.and_then(|all| all.get(name)),
            ) {
                (Some(literal), _) => whole.push_str(&format!("${{{literal}}}")),
                (None, Some(variable)) => whole.push_str(&text_of(
                    &self.resolve_within(variable, path, depth)?,
                    path,
                )?),
                (None, None) => whole.push_str(&self.placeholder(name.trim(), path, depth)?),
            }
            whole.push_str(rest);
        }
        Ok(whole)
    }

    fn placeholder(&self, name: &str, path: &str, depth: usize) -> Result<String, TemplateError> {
        match name.split_once('.') {
            Some(_) if name.ends_with(ALIAS) => {
                text_of(&self.reference(&name.into(), path, depth)?, path)
            }
            Some((resource, attribute)) => self.attribute_of(resource, attribute, path, depth),
            None => text_of(&self.reference(&name.into(), path, depth)?, path),
        }
    }

    fn joined(&self, parts: &Value, path: &str, depth: usize) -> Result<String, TemplateError> {
        let wrong = || TemplateError::new(path, "Fn::Join takes a delimiter and a list");
        let Some([Value::String(delimiter), list]) = parts.as_array().map(Vec::as_slice) else {
            return Err(wrong());
        };
        let list = self.resolve_within(list, path, depth)?;
        let texts = list
            .as_array()
            .ok_or_else(wrong)?
            .iter()
            .map(|part| text_of(part, path))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(texts.join(delimiter))
    }

    fn split(&self, parts: &Value, path: &str, depth: usize) -> Result<Value, TemplateError> {
        let Some([Value::String(delimiter), text]) = parts.as_array().map(Vec::as_slice) else {
            let reason = "Fn::Split takes a delimiter and a text";
            return Err(TemplateError::new(path, reason));
        };
        let text = text_of(&self.resolve_within(text, path, depth)?, path)?;
        Ok(text.split(delimiter.as_str()).map(Value::from).collect())
    }
}

/// A list is written with commas.
fn default_of(parameter: &Value) -> Option<Value> {
    let default = parameter.get("Default")?;
    let is_list = parameter.get("Type").and_then(Value::as_str) == Some("CommaDelimitedList");
    Some(match default.as_str() {
        Some(text) if is_list => text.split(',').map(str::trim).map(Value::from).collect(),
        _ => default.clone(),
    })
}

fn single(entries: &Map<String, Value>) -> Option<(&str, &Value)> {
    match entries.len() {
        1 => entries
            .iter()
            .next()
            .map(|(key, value)| (key.as_str(), value)),
        _ => None,
    }
}

/// A scalar as text, as CloudFormation writes it.
pub(super) fn text_of(value: &Value, path: &str) -> Result<String, TemplateError> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            Err(TemplateError::new(path, "is not a text"))
        }
    }
}
