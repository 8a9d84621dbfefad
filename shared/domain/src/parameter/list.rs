//! The parameters of one trigger, as a list that was checked: no two have one place in the event, and only an object has
//! parameters within it.

use std::collections::HashMap;

use super::{Parameter, ParameterField, ParameterPlace, ParameterType, body_path};
use crate::limits::{MAX_DESCRIPTION_CHARS, MAX_PARAMETERS, MAX_PARAMETERS_BYTES};

/// The parameters of a trigger, in the order in which their owner lists them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters(Vec<Parameter>);

/// Why a list of parameters is refused. `at` is the position of the parameter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidParameters {
    /// There are too many.
    #[error("a trigger has at most {MAX_PARAMETERS} parameters")]
    TooMany,
    /// Their names and descriptions are too long together.
    #[error(
        "the names and descriptions of a trigger's parameters have at most {MAX_PARAMETERS_BYTES} bytes together"
    )]
    TooLarge,
    /// The description is too long.
    #[error("a description has at most {MAX_DESCRIPTION_CHARS} characters")]
    Description {
        /// Which parameter.
        at: usize,
    },
    /// Another parameter has the same place in the event.
    #[error("another parameter has this name")]
    Duplicate {
        /// Which parameter.
        at: usize,
    },
    /// A parameter that it is within is no object of the body.
    #[error("{outer} is not an object of the body, so nothing can be within it")]
    Within {
        /// Which parameter.
        at: usize,
        /// The name of the parameter around it.
        outer: String,
    },
    /// A header cannot be required.
    #[error("a header cannot be required; only parameters of body and query can")]
    RequiredHeader {
        /// Which parameter.
        at: usize,
    },
}

impl Parameters {
    /// Checks a list of parameters.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn new(parameters: Vec<Parameter>) -> Result<Self, InvalidParameters> {
        if parameters.len() > MAX_PARAMETERS {
            return Err(InvalidParameters::TooMany);
        }
        for (at, parameter) in parameters.iter().enumerate() {
            check_one(at, parameter)?;
        }
        check_places(&parameters)?;
        if parameters.iter().map(Parameter::text_bytes).sum::<usize>() > MAX_PARAMETERS_BYTES {
            return Err(InvalidParameters::TooLarge);
        }
        Ok(Self(parameters))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The parameters in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Parameter> {
        self.0.iter()
    }

    /// The same fields, where a parameter of the same place and name keeps what its owner said of it before.
    #[must_use]
    pub fn with_settings_of(mut self, before: &Self) -> Self {
        for parameter in &mut self.0 {
            let is_same = |old: &&Parameter| {
                old.field.place == parameter.field.place && old.field.name == parameter.field.name
            };
            if let Some(old) = before.0.iter().find(is_same) {
                parameter.required = old.required;
                parameter.description.clone_from(&old.description);
            }
        }
        // No sample shows that the whole body is wanted, so it goes on being wanted.
        let full_bodies = before
            .0
            .iter()
            .filter(|old| old.field.place == ParameterPlace::FullBody);
        let kept = full_bodies.cloned().collect::<Vec<_>>();
        let all = Self::new([self.0.clone(), kept].concat());
        all.unwrap_or(self)
    }

    /// Each field with whether it is required, an object before what is within it.
    pub(super) fn outermost_first(&self) -> Vec<(&ParameterField, bool)> {
        let mut fields: Vec<_> = self
            .0
            .iter()
            .map(|parameter| (&parameter.field, parameter.required))
            .collect();
        fields.sort_by_key(|(field, _)| field.event_path().len());
        fields
    }
}

impl Parameter {
    /// Bytes of the texts that its owner, or a sample, chose.
    pub(super) fn text_bytes(&self) -> usize {
        self.field.name.len() + self.description.as_ref().map_or(0, String::len)
    }
}

fn check_one(at: usize, parameter: &Parameter) -> Result<(), InvalidParameters> {
    if parameter.required && parameter.field.place == ParameterPlace::Header {
        return Err(InvalidParameters::RequiredHeader { at });
    }
    let description = parameter.description.as_deref().unwrap_or_default();
    if description.chars().count() > MAX_DESCRIPTION_CHARS {
        return Err(InvalidParameters::Description { at });
    }
    Ok(())
}

fn check_places(parameters: &[Parameter]) -> Result<(), InvalidParameters> {
    let mut known: HashMap<Vec<String>, &ParameterField> = HashMap::new();
    let mut headers = Vec::new();
    for (at, Parameter { field, .. }) in parameters.iter().enumerate() {
        if field.place == ParameterPlace::Header {
            let name = field.name.to_ascii_lowercase();
            if headers.contains(&name) {
                return Err(InvalidParameters::Duplicate { at });
            }
            headers.push(name);
        }
        if known.insert(field.event_path(), field).is_some() {
            return Err(InvalidParameters::Duplicate { at });
        }
    }
    for (at, Parameter { field, .. }) in parameters.iter().enumerate() {
        let path = field.event_path();
        let around = (1..path.len()).filter_map(|depth| known.get(&path[..depth]));
        for outer in around {
            let is_object = outer.kind == ParameterType::Object;
            if outer.place != ParameterPlace::Body || !is_object {
                let outer = body_path(&outer.event_path());
                return Err(InvalidParameters::Within { at, outer });
            }
        }
    }
    Ok(())
}
