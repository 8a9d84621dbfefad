//! The parameters of a trigger as JSON: `{name, in, type, required, description}`.

use domain::{
    InvalidParameterName, InvalidParameters, Parameter, ParameterField, ParameterPlace,
    ParameterType, Parameters,
};
use serde::{Deserialize, Serialize};

use crate::problem::Problem;

/// A parameter of a trigger.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "ParameterSettings"))]
pub(super) struct Fields {
    /// Its name; a path of names with dots between them for a field within another. Required.
    pub(super) name: Option<String>,
    /// Where webhooks have it; `body` by default.
    #[cfg_attr(test, schemars(extend("enum" = ["body", "query", "header", "fullBody", null])))]
    pub(super) r#in: Option<String>,
    /// Its type; `string` by default.
    #[cfg_attr(test, schemars(extend("enum" = ["string", "number", "boolean", "object", "array", null])))]
    pub(super) r#type: Option<String>,
    /// Whether webhooks without it are refused; `false` by default.
    pub(super) required: Option<bool>,
    /// What it means, for people.
    pub(super) description: Option<String>,
}

/// A parameter of a trigger.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct ParameterView {
    /// Its name; a path of names with dots between them for a field within another.
    name: String,
    /// Where webhooks have it.
    #[cfg_attr(test, schemars(extend("enum" = ["body", "query", "header", "fullBody"])))]
    r#in: &'static str,
    /// Its type.
    #[cfg_attr(test, schemars(extend("enum" = ["string", "number", "boolean", "object", "array"])))]
    r#type: &'static str,
    /// Whether webhooks without it are refused.
    required: bool,
    /// What it means, for people; `null` where nobody said.
    description: Option<String>,
}

impl Fields {
    /// Checks one parameter; `pointer` is where the request has it.
    pub(super) fn read(self, pointer: &str, kind: ParameterType) -> Result<Parameter, Problem> {
        let invalid = |name: &str, detail: String| {
            Problem::invalid_field(format!("{pointer}/{name}"), detail)
        };
        let place = match self.r#in.as_deref() {
            None => ParameterPlace::Body,
            Some(text) => ParameterPlace::parse(text).ok_or_else(|| {
                invalid(
                    "in",
                    "A place is body, query, header or fullBody.".to_owned(),
                )
            })?,
        };
        let name = self.name.unwrap_or_default();
        let field = ParameterField::new(place, &name, kind)
            .map_err(|error: InvalidParameterName| invalid("name", format!("A name {error}.")))?;
        Ok(Parameter {
            field,
            required: self.required.unwrap_or(false),
            description: self.description,
        })
    }

    /// The type that it names; `None` where it names none.
    pub(super) fn kind(&self, pointer: &str) -> Result<Option<ParameterType>, Problem> {
        let Some(text) = self.r#type.as_deref() else {
            return Ok(None);
        };
        let known = "A type is string, number, boolean, object or array.";
        let kind = ParameterType::parse(text);
        kind.map(Some)
            .ok_or_else(|| Problem::invalid_field(format!("{pointer}/type"), known))
    }
}

/// Reads the list that a trigger is to have.
pub(super) fn read(entries: Vec<Fields>) -> Result<Parameters, Problem> {
    let parameters = entries.into_iter().enumerate().map(|(at, fields)| {
        let pointer = format!("/parameters/{at}");
        let kind = fields.kind(&pointer)?;
        fields.read(&pointer, kind.unwrap_or(ParameterType::String))
    });
    let parameters = parameters.collect::<Result<_, _>>()?;
    Parameters::new(parameters).map_err(|error| refused(&error, "/parameters"))
}

/// The problem of a list that is refused; `pointer` is where the request has the list.
pub(super) fn refused(error: &InvalidParameters, pointer: &str) -> Problem {
    let at = |at: &usize, field: &str| format!("{pointer}/{at}/{field}");
    let pointer = match error {
        InvalidParameters::TooMany | InvalidParameters::TooLarge => pointer.to_owned(),
        InvalidParameters::Description { at: position } => at(position, "description"),
        InvalidParameters::Duplicate { at: position }
        | InvalidParameters::Within { at: position, .. } => at(position, "name"),
        InvalidParameters::RequiredHeader { at: position } => at(position, "required"),
    };
    let mut detail = error.to_string();
    if let Some(first) = detail.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    Problem::invalid_field(pointer, format!("{detail}."))
}

/// As clients set and see them.
pub(super) fn view(parameters: &Parameters) -> Vec<ParameterView> {
    let shown = |parameter: &Parameter| ParameterView {
        name: parameter.field.name().to_owned(),
        r#in: parameter.field.place().as_str(),
        r#type: parameter.field.kind().as_str(),
        required: parameter.required,
        description: parameter.description.clone(),
    };
    parameters.iter().map(shown).collect()
}
