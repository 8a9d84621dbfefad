//! The sample of a trigger as JSON. It does not know where samples are kept.

use domain::limits::MAX_PARAMETERS;
use domain::{MAX_BODY_BYTES, Pair, ParameterType, Parameters, Sample, Timestamp, TriggerId};
use serde::Deserialize;
use serde_json::{Value, json};

use super::parameters::{Fields as ParameterFields, refused};
use crate::body;
use crate::inbound::Inbound;
use crate::problem::Problem;
use crate::resources::request;
use crate::status::Code;

#[derive(Deserialize)]
struct Fields {
    json: Option<Value>,
    pairs: Option<Vec<PairFields>>,
}

/// A parameter, and its value in the sample: `value`, `type`, or both.
#[derive(Deserialize)]
struct PairFields {
    name: Option<String>,
    r#in: Option<String>,
    r#type: Option<String>,
    required: Option<bool>,
    description: Option<String>,
    value: Option<Value>,
}

/// A new sample.
#[derive(Debug)]
pub struct SampleDraft {
    /// What tests will run with.
    pub sample: Sample,
    /// The parameters, where the request says them; otherwise they are inferred from the sample.
    pub parameters: Option<Parameters>,
}

/// Reads the body of a request for a new sample: `{"json": …}` or `{"pairs": [{name, value, …}]}`.
pub fn draft(inbound: &Inbound, now: Timestamp) -> Result<SampleDraft, Problem> {
    let fields: Fields = body::typed(&body::object(inbound)?)?;
    let draft = match (fields.json, fields.pairs) {
        (Some(json), None) => SampleDraft {
            sample: Sample::of_json(&json, now),
            parameters: None,
        },
        (None, Some(entries)) => of_pairs(entries, now)?,
        (Some(_), Some(_)) | (None, None) => {
            let detail =
                "Give either json, an example of a body, or pairs, a list of names and values.";
            return Err(Problem::invalid_field("/json", detail));
        }
    };
    check_size(&draft.sample)?;
    Ok(draft)
}

fn of_pairs(entries: Vec<PairFields>, now: Timestamp) -> Result<SampleDraft, Problem> {
    if !(1..=MAX_PARAMETERS).contains(&entries.len()) {
        let detail = format!("Give 1 to {MAX_PARAMETERS} pairs.");
        return Err(Problem::invalid_field("/pairs", detail));
    }
    let pairs = entries.into_iter().enumerate();
    let pairs: Vec<Pair> = pairs
        .map(|(at, entry)| entry.read(&format!("/pairs/{at}")))
        .collect::<Result<_, _>>()?;
    let (sample, parameters) =
        Sample::of_pairs(&pairs, now).map_err(|error| refused(&error, "/pairs"))?;
    Ok(SampleDraft {
        sample,
        parameters: Some(parameters),
    })
}

impl PairFields {
    /// A value has the type that JSON gives it, and a type without a value an empty one.
    fn read(self, pointer: &str) -> Result<Pair, Problem> {
        let fields = ParameterFields {
            name: self.name,
            r#in: self.r#in,
            r#type: self.r#type,
            required: self.required,
            description: self.description,
        };
        let named = fields.kind(pointer)?;
        let shown = self.value.as_ref().and_then(ParameterType::of);
        if let (Some(named), Some(shown)) = (named, shown)
            && named != shown
        {
            let (named, shown) = (named.as_str(), shown.as_str());
            let detail = format!("The value is of the type {shown}, and the type is {named}.");
            return Err(Problem::invalid_field(format!("{pointer}/value"), detail));
        }
        let kind = named.or(shown).ok_or_else(|| {
            Problem::invalid_field(format!("{pointer}/value"), "Give a value, or a type.")
        })?;
        Ok(Pair {
            parameter: fields.read(pointer, kind)?,
            value: self.value.unwrap_or_else(|| kind.empty_value()),
        })
    }
}

/// A sample is no larger than a webhook.
fn check_size(sample: &Sample) -> Result<(), Problem> {
    let outside = sample.request.query.iter().chain(&sample.request.headers);
    let outside: usize = outside.map(|(name, value)| name.len() + value.len()).sum();
    if sample.request.body.len() + outside > MAX_BODY_BYTES {
        let detail = format!("A sample has at most {MAX_BODY_BYTES} bytes.");
        return Err(Problem::new(Code::BodyTooLarge, detail));
    }
    Ok(())
}

/// The sample: where it came from, the request, and the event that a workflow gets of it with these parameters.
pub fn sample_view(sample: &Sample, trigger: TriggerId, parameters: &Parameters) -> Value {
    let mut request = sample.request.clone();
    request.parameters = domain::read_parameters(&request, parameters).unwrap_or_default();
    json!({
        "triggerId": trigger,
        "origin": sample.origin.as_str(),
        "takenAt": sample.taken_at,
        "request": request::view(&request),
        "event": domain::event(&request).ok(),
    })
}

/// The trigger with the parameters of its new sample, and how many fields of the sample found no room among them.
#[must_use]
pub fn with_omitted(mut view: Value, omitted: usize) -> Value {
    view["omittedParameters"] = json!(omitted);
    view
}

/// The trigger has no sample.
pub fn no_sample() -> Problem {
    Problem::new(
        Code::NoSample,
        "The trigger has no sample; make one with POST …/sample, or capture a request with POST …/capture.",
    )
}
