//! Types of events as JSON: Sluice's own, and those that orgs declare. A schema is carried, not understood: whether it can be
//! used is for the engine to say.

use domain::outbound::{DeclaredType, EventDeclaration, EventType, Profile, Publisher};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::body;
use crate::inbound::Inbound;
use crate::page::{Paging, Position, only};
use crate::problem::Problem;
use crate::status::Code;

const MAX_DESCRIPTION_CHARS: usize = 1_000;
/// Of a schema as compact JSON: 64 KB.
const MAX_SCHEMA_BYTES: usize = 65_536;

/// What a client wants a type to be.
#[derive(Debug)]
pub struct Draft {
    pub description: Option<String>,
    /// JSON Schema, not yet checked.
    pub schema: Option<Value>,
}

/// One thing that is wrong with a schema.
#[derive(Debug)]
pub struct SchemaProblem {
    /// RFC 6901, within the schema.
    pub pointer: String,
    pub reason: String,
}

/// One of the types that there are.
#[derive(Clone, Debug)]
pub enum Known {
    Own(EventType),
    Declared(EventDeclaration),
}

/// A place in a list of types, which goes by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(String);

#[derive(Deserialize)]
struct Fields {
    description: Option<String>,
    schema: Option<Value>,
}

/// The name in the path, of a type that is to be declared.
pub fn name(segment: &str) -> Result<DeclaredType, Problem> {
    DeclaredType::parse(segment)
        .map_err(|error| Problem::invalid_parameter("name", format!("{error}.")))
}

/// The body of a declaration: `description` and `schema`, both optional. It replaces the former one.
pub fn declare(inbound: &Inbound) -> Result<Draft, Problem> {
    let fields: Fields = body::typed(&body::object(inbound)?)?;
    let is_long = |text: &String| text.chars().count() > MAX_DESCRIPTION_CHARS;
    if fields.description.as_ref().is_some_and(is_long) {
        let detail = format!("A description has at most {MAX_DESCRIPTION_CHARS} characters.");
        return Err(Problem::invalid_field("/description", detail));
    }
    fields.schema.as_ref().map_or(Ok(()), check_form)?;
    Ok(Draft {
        description: fields.description,
        schema: fields.schema,
    })
}

fn check_form(schema: &Value) -> Result<(), Problem> {
    if !schema.is_object() && !schema.is_boolean() {
        let detail = "A JSON Schema is an object, or a boolean.";
        return Err(Problem::invalid_field("/schema", detail));
    }
    if schema.to_string().len() > MAX_SCHEMA_BYTES {
        let detail = format!("A schema has at most {MAX_SCHEMA_BYTES} bytes as compact JSON.");
        return Err(Problem::invalid_field("/schema", detail));
    }
    Ok(())
}

/// Everything that is wrong with a schema, at once.
pub fn invalid_schema(problems: &[SchemaProblem]) -> Problem {
    let listed: Vec<Value> = problems
        .iter()
        .map(|problem| json!({"pointer": problem.pointer, "reason": problem.reason}))
        .collect();
    Problem::new(
        Code::InvalidSchema,
        "The schema cannot be used; see the problems.",
    )
    .member("problems", Value::Array(listed))
}

/// Somebody subscribes to it.
pub fn in_use() -> Problem {
    Problem::new(
        Code::EventTypeInUse,
        "There are subscriptions to this type; change or delete them first.",
    )
}

pub fn too_many(limit: usize) -> Problem {
    let detail = format!("There are {limit} declared types at the most; delete one first.");
    Problem::new(Code::LimitReached, detail)
}

impl Known {
    /// Sluice's own types, for the caller to add the declared ones to.
    pub fn own() -> impl Iterator<Item = Self> {
        EventType::own().map(Self::Own)
    }

    pub fn place(&self) -> Place {
        Place(self.name())
    }

    pub fn is_called(&self, name: &str) -> bool {
        self.name() == name
    }

    fn name(&self) -> String {
        match self {
            Self::Own(own) => own.to_string(),
            Self::Declared(declaration) => declaration.name.to_string(),
        }
    }
}

/// A type: who publishes it, whether it can be subscribed to, and what the other APIs call it.
pub fn view(known: &Known) -> Value {
    let (publisher, is_subscribable, names) = match known {
        Known::Own(own) => (
            own.publisher(),
            own.can_be_subscribed_to(),
            json!({"refold": own.name(Profile::Refold), "copyai": own.name(Profile::CopyAi)}),
        ),
        Known::Declared(_) => (
            Publisher::Org,
            true,
            json!({"refold": null, "copyai": null}),
        ),
    };
    let declaration = match known {
        Known::Own(_) => None,
        Known::Declared(declaration) => Some(declaration),
    };
    json!({
        "name": known.name(),
        "declared": declaration.is_some(),
        "publisher": match publisher {
            Publisher::Sluice => "sluice",
            Publisher::Org => "org",
        },
        "subscribable": is_subscribable,
        "names": names,
        "description": declaration.and_then(|declaration| declaration.description.as_deref()),
        "schema": declaration.and_then(|declaration| declaration.schema.as_ref()),
        "createdAt": declaration.map(|declaration| declaration.created_at),
        "updatedAt": declaration.map(|declaration| declaration.updated_at),
    })
}

pub fn location(name: &DeclaredType) -> String {
    format!("/v1/event-types/{name}")
}

pub fn paging(inbound: &Inbound) -> Result<Paging<Place>, Problem> {
    only(inbound, &["limit", "cursor"])?;
    Paging::parse(inbound)
}

impl Position for Place {
    const LIST: &'static str = "event-types";

    fn write(&self) -> String {
        self.0.clone()
    }

    fn read(text: &str) -> Option<Self> {
        EventType::parse(Profile::Native, text).map(|known| Self(known.to_string()))
    }
}

#[cfg(test)]
mod tests;
