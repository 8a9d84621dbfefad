//! The schemas of requests and answers, collected as components. Requests are closed, since an unknown field is refused;
//! answers are open, since a client has to bear new fields.

use schemars::generate::{Contract, SchemaSettings};
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::examples;
use super::operation::SchemaOf;

/// Profiles whose requests may have any other fields.
const LENIENT: [&str; 3] = ["Refly", "Refold", "Copyai"];

pub(super) struct Schemas {
    requests: SchemaGenerator,
    answers: SchemaGenerator,
}

impl Schemas {
    pub(super) fn new() -> Self {
        let generator = |contract: Contract| {
            let mut settings = SchemaSettings::draft2020_12();
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
            settings.contract = contract;
            settings.into_generator()
        };
        Self {
            requests: generator(Contract::Deserialize),
            answers: generator(Contract::Serialize),
        }
    }

    pub(super) fn of_request(&mut self, schema: SchemaOf) -> Value {
        renamed(schema(&mut self.requests).to_value())
    }

    pub(super) fn of_answer(&mut self, schema: SchemaOf) -> Value {
        renamed(schema(&mut self.answers).to_value())
    }

    /// The schema of a type that answers have.
    pub(super) fn answer<T: JsonSchema>(&mut self) -> Value {
        self.of_answer(|generator| generator.subschema_for::<T>())
    }

    /// An example of an answer with this schema.
    pub(super) fn example(&self, schema: &Value) -> Value {
        let components = components(self.answers.definitions());
        examples::of_schema(schema, &components)
    }

    /// Every schema that a request or an answer refers to, and those of ids, which parameters refer to.
    pub(super) fn into_components(mut self) -> Value {
        self.answer::<domain::ApiKeyId>();
        let mut all = components(self.requests.definitions());
        for (name, schema) in &mut all {
            let is_lenient = LENIENT.iter().any(|profile| name.starts_with(profile));
            if !is_lenient && schema.get("properties").is_some() {
                schema["additionalProperties"] = json!(false);
            }
        }
        for (name, schema) in components(self.answers.definitions()) {
            if let Some(known) = all.get(&name) {
                let mut open = known.clone();
                if let Some(open) = open.as_object_mut() {
                    open.shift_remove("additionalProperties");
                }
                assert_eq!(open, schema, "two schemas are called {name}");
            }
            all.entry(name).or_insert(schema);
        }
        all.sort_keys();
        Value::Object(all)
    }
}

fn components(definitions: &Map<String, Value>) -> Map<String, Value> {
    let mut components = Map::new();
    for (name, schema) in definitions {
        let name = public_name(name);
        let schema = plain_enum(renamed(schema.clone()));
        let known = components.insert(name.clone(), schema);
        assert_eq!(known, None, "two schemas are called {name}");
    }
    components
}

/// A choice among constants as an `enum`, which generators of clients know better; their descriptions go into its own.
fn plain_enum(mut schema: Value) -> Value {
    let Some(variants) = schema["oneOf"].as_array().cloned() else {
        return schema;
    };
    let constants: Vec<&Value> = variants
        .iter()
        .filter_map(|variant| variant.get("const"))
        .collect();
    if constants.len() < variants.len() {
        return schema;
    }
    let mut description = schema["description"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    for variant in &variants {
        let name = variant["const"].as_str().unwrap_or_default();
        let meaning = variant["description"].as_str().unwrap_or_default();
        description.push_str(&format!(" `{name}`: {meaning}"));
    }
    schema["enum"] = json!(constants);
    schema["type"] = json!("string");
    schema["description"] = json!(description);
    if let Some(members) = schema.as_object_mut() {
        members.shift_remove("oneOf");
    }
    schema
}

/// The types that answers are written from are called views in the code, and not by clients.
fn public_name(name: &str) -> String {
    name.replace("View", "").replace("Nullable_", "")
}

fn renamed(schema: Value) -> Value {
    match schema {
        Value::Object(members) => {
            let renamed_member = |(name, member): (String, Value)| match (name.as_str(), &member) {
                ("$ref", Value::String(target)) => (name, json!(public_name(target))),
                _ => (name, renamed(member)),
            };
            Value::Object(members.into_iter().map(renamed_member).collect())
        }
        Value::Array(members) => members.into_iter().map(renamed).collect(),
        other => other,
    }
}
