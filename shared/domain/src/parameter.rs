//! The parameters of a trigger: named, typed values of a request, each with its place. It does not know how a request is
//! stored, nor what an API calls a parameter.

mod coercion;
mod inference;
mod list;
mod path;
mod reading;

use serde_json::Value;

use crate::limits::MAX_PARAMETER_NAME_BYTES;
use crate::request::{SECRET_HEADERS, SECRET_PARAMETERS, is_one_of};

pub use inference::{InferredParameters, infer_parameters};
pub use list::{InvalidParameters, Parameters};
pub use path::{body_names, body_path};
pub(crate) use reading::read_field;
pub use reading::{InvalidEvent, MissingParameters, read_parameters};

/// The JSON type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ParameterType {
    /// Text.
    String,
    /// A number, of any size.
    Number,
    /// `true` or `false`.
    Boolean,
    /// An object; its members can be parameters too.
    Object,
    /// A list of anything.
    Array,
}

/// Where a request has a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ParameterPlace {
    /// In the body. A `GET` has none, so there it is the query.
    Body,
    /// In the query, whatever the method.
    Query,
    /// In a header.
    Header,
    /// The whole body, as one value: a text, or what its JSON is.
    FullBody,
}

/// Name, place and type of a parameter: what is needed to read it from a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ParameterField {
    place: ParameterPlace,
    name: String,
    kind: ParameterType,
}

/// A parameter of a trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// What is read from each request.
    pub field: ParameterField,
    /// Whether a request without it, or with another type there, is refused. Never for a header.
    pub required: bool,
    /// What it means, for people.
    pub description: Option<String>,
}

/// The text names no parameter of that place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidParameterName {
    /// It is empty, too long, or has a control character.
    #[error("has 1 to {MAX_PARAMETER_NAME_BYTES} bytes, none of them a control character")]
    Text,
    /// A part of the path is empty, or an escape is malformed.
    #[error(r"is a path of names with dots between them, such as order.id; a dot or backslash within a name is written \. or \\")]
    Path,
    /// It is no name of a header.
    #[error("of a header has letters, digits and hyphens, as HTTP allows")]
    Header,
    /// A credential is never stored.
    #[error("is one that carries a credential, which is never kept")]
    Credential,
}

impl ParameterType {
    /// Every type, with its name.
    const NAMES: [(Self, &'static str); 5] = [
        (Self::String, "string"),
        (Self::Number, "number"),
        (Self::Boolean, "boolean"),
        (Self::Object, "object"),
        (Self::Array, "array"),
    ];

    /// Reads what `as_str` writes.
    pub fn parse(text: &str) -> Option<Self> {
        let mut names = Self::NAMES.iter();
        names.find(|(_, name)| *name == text).map(|(kind, _)| *kind)
    }

    /// As JSON Schema names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Object => "object",
            Self::Array => "array",
        }
    }

    /// The type of a value; `null` has none.
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Null => None,
            Value::Bool(_) => Some(Self::Boolean),
            Value::Number(_) => Some(Self::Number),
            Value::String(_) => Some(Self::String),
            Value::Array(_) => Some(Self::Array),
            Value::Object(_) => Some(Self::Object),
        }
    }

    /// The value of a parameter of which only the type is known: `""`, 0, `false`, `{}` or `[]`.
    pub fn empty_value(self) -> Value {
        match self {
            Self::String => Value::String(String::new()),
            Self::Number => Value::from(0),
            Self::Boolean => Value::Bool(false),
            Self::Object => Value::Object(serde_json::Map::new()),
            Self::Array => Value::Array(Vec::new()),
        }
    }
}

impl ParameterPlace {
    /// Reads what `as_str` writes.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "body" => Some(Self::Body),
            "query" => Some(Self::Query),
            "header" => Some(Self::Header),
            "fullBody" => Some(Self::FullBody),
            _ => None,
        }
    }

    /// As `OpenAPI` names it, which has no name for the whole body.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Query => "query",
            Self::Header => "header",
            Self::FullBody => "fullBody",
        }
    }
}

impl ParameterField {
    /// A parameter of that name. In the body the name is a path, `order.id`; elsewhere it is taken as it is.
    pub fn new(
        place: ParameterPlace,
        name: &str,
        kind: ParameterType,
    ) -> Result<Self, InvalidParameterName> {
        let fits = (1..=MAX_PARAMETER_NAME_BYTES).contains(&name.len());
        if !fits || name.chars().any(char::is_control) {
            return Err(InvalidParameterName::Text);
        }
        match place {
            ParameterPlace::Body => {
                path::segments(name).ok_or(InvalidParameterName::Path)?;
            }
            ParameterPlace::Query => check_credential(name, &SECRET_PARAMETERS)?,
            ParameterPlace::Header => {
                let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
                if !name.bytes().all(is_token) {
                    return Err(InvalidParameterName::Header);
                }
                check_credential(name, &SECRET_HEADERS)?;
            }
            ParameterPlace::FullBody => {}
        }
        Ok(Self {
            place,
            name: name.to_owned(),
            kind,
        })
    }

    /// Where a request has it.
    pub fn place(&self) -> ParameterPlace {
        self.place
    }

    /// Its name; in the body, its path.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its type.
    pub fn kind(&self) -> ParameterType {
        self.kind
    }

    /// Where the event has it: the names from the outermost object inwards.
    pub(crate) fn event_path(&self) -> Vec<String> {
        match self.place {
            ParameterPlace::Body => path::segments(&self.name).unwrap_or_default(),
            ParameterPlace::Query | ParameterPlace::Header | ParameterPlace::FullBody => {
                vec![self.name.clone()]
            }
        }
    }
}

fn check_credential(name: &str, known: &[&str]) -> Result<(), InvalidParameterName> {
    if is_one_of(name, known) {
        return Err(InvalidParameterName::Credential);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
