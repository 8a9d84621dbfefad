//! The sample of a trigger as JSON. It does not know where samples are kept.

use domain::limits::MAX_PARAMETERS;
use domain::{MAX_BODY_BYTES, Pair, ParameterType, Parameters, Sample, Timestamp, TriggerId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::parameters::{Fields as ParameterFields, refused};
use crate::body;
use crate::inbound::Inbound;
use crate::problem::Problem;
use crate::resources::request;
use crate::status::Code;

/// A new sample: either an example of a body, or a list of parameters with values.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "NewSample"))]
pub(crate) struct Fields {
    /// An example of a body; the parameters are inferred from it.
    json: Option<Value>,
    /// The parameters, each with its value: 1 to 100.
    pairs: Option<Vec<PairFields>>,
}

/// A parameter, and its value in the sample: `value`, `type`, or both.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "SamplePair"))]
struct PairFields {
    /// Its name. Required.
    name: Option<String>,
    /// Where webhooks have it; `body` by default.
    #[cfg_attr(test, schemars(extend("enum" = ["body", "query", "header", "fullBody", null])))]
    r#in: Option<String>,
    /// Its type; that of the value by default.
    #[cfg_attr(test, schemars(extend("enum" = ["string", "number", "boolean", "object", "array", null])))]
    r#type: Option<String>,
    /// Whether webhooks without it are refused; `false` by default.
    required: Option<bool>,
    /// What it means, for people.
    description: Option<String>,
    /// Its value in the sample; an empty one of its type by default.
    value: Option<Value>,
}

/// The sample of a trigger.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SampleView {
    /// The trigger.
    trigger_id: TriggerId,
    /// Where it came from.
    #[cfg_attr(test, schemars(extend("enum" = ["capture", "json", "pairs"])))]
    origin: &'static str,
    /// When it was made.
    taken_at: Timestamp,
    /// The request.
    #[cfg_attr(test, schemars(with = "request::RequestView<'static>"))]
    request: Value,
    /// The event that a workflow gets of it; `null` where its body does not parse.
    event: Option<Value>,
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
pub fn sample_view(sample: &Sample, trigger: TriggerId, parameters: &Parameters) -> SampleView {
    let mut request = sample.request.clone();
    request.parameters = domain::read_parameters(&request, parameters).unwrap_or_default();
    SampleView {
        trigger_id: trigger,
        origin: sample.origin.as_str(),
        taken_at: sample.taken_at,
        request: json!(request::view(&request)),
        event: domain::event(&request).ok(),
    }
}

/// The trigger has no sample.
pub fn no_sample() -> Problem {
    Problem::new(
        Code::NoSample,
        "The trigger has no sample; make one with POST …/sample, or capture a request with POST …/capture.",
    )
}
