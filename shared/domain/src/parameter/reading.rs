//! Reads parameters from a request: whether each is there, whether it has its type, and how the event changes where a
//! text has to become another type, or a value comes from the query or a header.

use serde_json::{Map, Value};

use super::coercion::coerced;
use super::{ParameterField, ParameterPlace, ParameterType, Parameters};
use crate::WebhookRequest;
use crate::event::{UnreadableBody, body_text, fields};

/// Why a request makes no event for a trigger with parameters.
#[derive(Debug, thiserror::Error)]
pub enum InvalidEvent {
    /// The body does not parse.
    #[error(transparent)]
    Body(#[from] UnreadableBody),
    /// Parameters are missing, or have another type.
    #[error("required parameters are missing or have another type")]
    Parameters(MissingParameters),
}

/// The required parameters that a request does not have as it should.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MissingParameters {
    /// Those that are absent, `null`, or a text without anything in it where another type is wanted.
    pub absent: Vec<ParameterField>,
    /// Those that are there with another type.
    pub mistyped: Vec<ParameterField>,
}

/// What became of reading one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    state: State,
    /// Whether the event is another one than without this parameter.
    changes_event: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Present,
    Absent,
    Mistyped,
}

/// Checks that a webhook makes an event with every required parameter. Returns the fields by which that event differs from
/// the one without parameters: they are kept with the request, so that whoever reads the event later needs nothing else.
/// Without parameters there is nothing to read, and nothing is said of the body: that is for [`crate::check_event`].
///
/// # Errors
/// The body does not parse, or required parameters are missing or have another type. A parameter that is not required
/// never refuses a request: where it cannot be read as its type, the event has what was sent.
pub fn read_parameters(
    request: &WebhookRequest,
    parameters: &Parameters,
) -> Result<Vec<ParameterField>, InvalidEvent> {
    if parameters.is_empty() {
        return Ok(Vec::new());
    }
    let mut event = fields(request)?;
    let mut changing = Vec::new();
    let mut missing = MissingParameters::default();
    for (field, required) in parameters.outermost_first() {
        let reading = read_field(&mut event.fields, request, event.is_text, field);
        if reading.changes_event {
            changing.push(field.clone());
        }
        match reading.state {
            State::Absent if required => missing.absent.push(field.clone()),
            State::Mistyped if required => missing.mistyped.push(field.clone()),
            State::Present | State::Absent | State::Mistyped => {}
        }
    }
    if missing == MissingParameters::default() {
        Ok(changing)
    } else {
        Err(InvalidEvent::Parameters(missing))
    }
}

/// Reads one field into the event. `is_text` says that the event's own fields are texts: those of a form or a query.
pub(crate) fn read_field(
    event: &mut Map<String, Value>,
    request: &WebhookRequest,
    is_text: bool,
    field: &ParameterField,
) -> Reading {
    let outside = match field.place {
        ParameterPlace::Body => None,
        ParameterPlace::Query => Some(from_query(request, &field.name)),
        ParameterPlace::Header => {
            let value = request.header(&field.name.to_ascii_lowercase());
            Some(value.map(|value| Value::String(value.to_owned())))
        }
        ParameterPlace::FullBody => Some(body_text(request).map(Value::String)),
    };
    let Some(sent) = outside else {
        return match find(event, &field.event_path()) {
            Some(value) => read_value(value, is_text, field.kind),
            None => Reading::ABSENT,
        };
    };
    let Some(mut value) = sent else {
        return Reading::ABSENT;
    };
    let state = read_value(&mut value, true, field.kind).state;
    let changes_event = event.get(&field.name) != Some(&value);
    event.insert(field.name.clone(), value);
    Reading {
        state,
        changes_event,
    }
}

impl Reading {
    const ABSENT: Self = Self {
        state: State::Absent,
        changes_event: false,
    };
}

/// A value that is a text becomes one of the type, where it can. What cannot be read stays as it was sent.
fn read_value(value: &mut Value, is_text: bool, kind: ParameterType) -> Reading {
    let unchanged = |state| Reading {
        state,
        changes_event: false,
    };
    match ParameterType::of(value) {
        None => return unchanged(State::Absent),
        Some(sent) if sent == kind => return unchanged(State::Present),
        Some(_) => {}
    }
    let text = value.as_str().filter(|_| is_text);
    let Some(read) = text.and_then(|text| coerced(text, kind)) else {
        return unchanged(State::Mistyped);
    };
    let state = if read.is_null() {
        State::Absent
    } else {
        State::Present
    };
    *value = read;
    Reading {
        state,
        changes_event: true,
    }
}

fn find<'e>(event: &'e mut Map<String, Value>, path: &[String]) -> Option<&'e mut Value> {
    let (first, rest) = path.split_first()?;
    let outermost = event.get_mut(first);
    rest.iter().try_fold(outermost?, |value, name| {
        value.as_object_mut()?.get_mut(name)
    })
}

/// A name that occurs once is a text, one that occurs more often a list of texts.
fn from_query(request: &WebhookRequest, name: &str) -> Option<Value> {
    let named = request.query.iter().filter(|(known, _)| known == name);
    let mut values: Vec<Value> = named
        .map(|(_, value)| Value::String(value.clone()))
        .collect();
    if values.len() > 1 {
        return Some(Value::Array(values));
    }
    values.pop()
}
