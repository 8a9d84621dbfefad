//! The parameters that a sample request shows. It does not know where the sample came from.

use std::collections::VecDeque;

use serde_json::{Map, Value};

use super::{Parameter, ParameterField, ParameterPlace, ParameterType, Parameters, body_path};
use crate::WebhookRequest;
use crate::event::{UnreadableBody, own_fields};
use crate::limits::{MAX_PARAMETERS, MAX_PARAMETERS_BYTES};

/// What a sample shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InferredParameters {
    /// The outermost fields first, none of them required.
    pub parameters: Parameters,
    /// Fields for which there was no room, or whose names no parameter can have.
    pub omitted: usize,
}

/// The parameters of a sample: every field of its body and of its query, with the type that it has there. `null` counts
/// as a string, and the items of lists are no parameters. A form and a query show strings and lists: whether `42` is a
/// number, or a text of digits, only the owner knows.
///
/// # Errors
/// The body does not parse.
pub fn infer_parameters(request: &WebhookRequest) -> Result<InferredParameters, UnreadableBody> {
    let mut found = Found::default();
    let body_place = match request.method.as_str() {
        "GET" => ParameterPlace::Query,
        _ => ParameterPlace::Body,
    };
    found.add_body(&own_fields(request)?, body_place);
    if body_place == ParameterPlace::Body {
        found.add_query(request);
    }
    let parameters = Parameters::new(found.parameters);
    Ok(InferredParameters {
        parameters: parameters.unwrap_or_default(),
        omitted: found.omitted,
    })
}

#[derive(Default)]
struct Found {
    parameters: Vec<Parameter>,
    text_bytes: usize,
    omitted: usize,
}

impl Found {
    /// Breadth first, so that where not all have room the outermost do.
    fn add_body(&mut self, fields: &Map<String, Value>, place: ParameterPlace) {
        let mut waiting: VecDeque<(Vec<&str>, &Value)> = fields
            .iter()
            .map(|(name, value)| (vec![name.as_str()], value))
            .collect();
        while let Some((path, value)) = waiting.pop_front() {
            let name = match place {
                ParameterPlace::Body => body_path(&path),
                ParameterPlace::Query | ParameterPlace::Header | ParameterPlace::FullBody => {
                    path.concat()
                }
            };
            self.add(place, &name, ParameterType::of(value));
            let members = value.as_object().into_iter().flatten();
            waiting.extend(members.map(|(name, value)| {
                let mut path = path.clone();
                path.push(name);
                (path, value)
            }));
        }
    }

    /// Names that the body has already are left out: the event has one field of each name.
    fn add_query(&mut self, request: &WebhookRequest) {
        for (name, _) in &request.query {
            let taken = |known: &Parameter| known.field.event_path().first() == Some(name);
            if self.parameters.iter().any(taken) {
                continue;
            }
            let is_repeated = request
                .query
                .iter()
                .filter(|(other, _)| other == name)
                .count()
                > 1;
            let kind = match is_repeated {
                true => ParameterType::Array,
                false => ParameterType::String,
            };
            self.add(ParameterPlace::Query, name, Some(kind));
        }
    }

    fn add(&mut self, place: ParameterPlace, name: &str, kind: Option<ParameterType>) {
        let field = ParameterField::new(place, name, kind.unwrap_or(ParameterType::String));
        let parameter = field.map(|field| Parameter {
            field,
            required: false,
            description: None,
        });
        let room = MAX_PARAMETERS_BYTES - self.text_bytes;
        let has_room = self.parameters.len() < MAX_PARAMETERS;
        match parameter {
            Ok(parameter) if has_room && parameter.text_bytes() <= room => {
                self.text_bytes += parameter.text_bytes();
                self.parameters.push(parameter);
            }
            Ok(_) | Err(_) => self.omitted += 1,
        }
    }
}
