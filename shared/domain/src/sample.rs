//! The sample of a trigger: a request that shows what its senders send. Tests run with it, and parameters are inferred from
//! it. It does not know where it is kept.

use serde_json::{Map, Value};

use crate::{
    InvalidParameters, Parameter, ParameterField, ParameterPlace, Parameters, Timestamp,
    WebhookRequest,
};

/// Where a sample came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleOrigin {
    /// A request to the webhook's URL.
    Capture,
    /// An example that the owner gave as JSON.
    Json,
    /// Key-value pairs that the owner gave.
    Pairs,
}

/// A request that shows what the senders of a trigger send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Without credentials.
    pub request: WebhookRequest,
    /// Where it came from.
    pub origin: SampleOrigin,
    /// When it was made.
    pub taken_at: Timestamp,
}

/// A key-value pair: a parameter, and its value in the sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The parameter.
    pub parameter: Parameter,
    /// Its value.
    pub value: Value,
}

impl SampleOrigin {
    /// Reads what `as_str` writes.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "capture" => Some(Self::Capture),
            "json" => Some(Self::Json),
            "pairs" => Some(Self::Pairs),
            _ => None,
        }
    }

    /// Its name in APIs and records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Capture => "capture",
            Self::Json => "json",
            Self::Pairs => "pairs",
        }
    }
}

impl Sample {
    /// The sample that posts this JSON.
    pub fn of_json(body: &Value, now: Timestamp) -> Self {
        Self {
            request: WebhookRequest {
                method: "POST".to_owned(),
                query: Vec::new(),
                headers: vec![("content-type".to_owned(), "application/json".to_owned())],
                body: body.to_string().into_bytes(),
                source_ip: None,
                received_at: now,
                verified_by: None,
                parameters: Vec::new(),
            },
            origin: SampleOrigin::Json,
            taken_at: now,
        }
    }

    /// The sample that has these pairs, each in its place, and the parameters that they are.
    ///
    /// # Errors
    /// The parameters do not fit together.
    pub fn of_pairs(
        pairs: &[Pair],
        now: Timestamp,
    ) -> Result<(Self, Parameters), InvalidParameters> {
        let parameters = pairs.iter().map(|pair| pair.parameter.clone()).collect();
        let parameters = Parameters::new(parameters)?;
        let mut ordered: Vec<(&ParameterField, &Value)> = pairs
            .iter()
            .map(|pair| (&pair.parameter.field, &pair.value))
            .collect();
        ordered.sort_by_key(|(field, _)| field.event_path().len());
        let (mut body, mut query, mut headers) = (Map::new(), Vec::new(), Vec::new());
        for (field, value) in ordered {
            match field.place() {
                ParameterPlace::Body => insert(&mut body, &field.event_path(), value.clone()),
                ParameterPlace::Query => query.extend(
                    texts(value)
                        .into_iter()
                        .map(|text| (field.name().to_owned(), text)),
                ),
                ParameterPlace::Header => {
                    headers.push((field.name().to_ascii_lowercase(), text(value)));
                }
                // The body of the sample is made of the other pairs.
                ParameterPlace::FullBody => {}
            }
        }
        let mut sample = Self::of_json(&Value::Object(body), now);
        sample.request.query = query;
        sample.request.headers.extend(headers);
        sample.origin = SampleOrigin::Pairs;
        Ok((sample, parameters))
    }
}

/// Objects around the value that no pair names are made.
fn insert(object: &mut Map<String, Value>, path: &[String], value: Value) {
    match path {
        [] => {}
        [name] => {
            object.insert(name.clone(), value);
        }
        [name, rest @ ..] => {
            let inner = object
                .entry(name)
                .or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}

/// A list of texts and numbers is a repeated name of the query.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().map(text).collect(),
        other => vec![text(other)],
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ParameterType, event, read_parameters};
    use serde_json::json;

    fn pair(place: ParameterPlace, name: &str, value: Value) -> Pair {
        let kind = ParameterType::of(&value).unwrap();
        Pair {
            parameter: Parameter {
                field: ParameterField::new(place, name, kind).unwrap(),
                required: false,
                description: None,
            },
            value,
        }
    }

    #[test]
    fn a_sample_of_pairs_gives_the_event_that_the_pairs_say() {
        use ParameterPlace::{Body, Header, Query};
        let now = Timestamp::from_millis(0);
        let pairs = [
            pair(Body, "order.id", json!(42)),
            pair(Body, "order", json!({"paid": true})),
            pair(Body, "customer.name", json!("Ada")),
            pair(Query, "page", json!(2)),
            pair(Query, "tags", json!(["a", "b"])),
            pair(Header, "X-Shop", json!("north")),
        ];
        let (mut sample, parameters) = Sample::of_pairs(&pairs, now).unwrap();
        sample.request.parameters = read_parameters(&sample.request, &parameters).unwrap();
        let mut event = event(&sample.request).unwrap();
        let fields = event.as_object_mut().unwrap();
        fields.retain(|name, _| name != "triggeredAt" && name != "source");
        assert_eq!(
            event,
            json!({
                "order": {"paid": true, "id": 42}, "customer": {"name": "Ada"},
                "page": 2, "tags": ["a", "b"], "X-Shop": "north",
            })
        );
        let order: Vec<&str> = parameters.iter().map(|known| known.field.name()).collect();
        assert_eq!(order[..2], ["order.id", "order"], "as the owner lists them");
    }

    #[test]
    fn pairs_that_contradict_each_other_are_refused() {
        let pairs = [
            pair(ParameterPlace::Body, "order", json!("A-1")),
            pair(ParameterPlace::Body, "order.id", json!(42)),
        ];
        let refused = Sample::of_pairs(&pairs, Timestamp::from_millis(0));
        let outer = "order".to_owned();
        assert_eq!(
            refused.unwrap_err(),
            InvalidParameters::Within { at: 1, outer }
        );
    }
}
