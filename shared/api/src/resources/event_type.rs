//! Event types as JSON: Sluice's own, and those that orgs declare. It carries JSON Schemas without checking them; the
//! engine does.

use domain::Timestamp;
use domain::limits::{MAX_DESCRIPTION_CHARS, MAX_SCHEMA_BYTES};
use domain::outbound::{DeclaredType, EventDeclaration, EventType, Profile, Publisher};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::body;
use crate::inbound::Inbound;
use crate::page::{PageCursor, Paging, only};
use crate::problem::Problem;
use crate::status::Code;

/// The fields of a declaration.
#[derive(Debug)]
pub struct Draft {
    /// A description for people.
    pub description: Option<String>,
    /// The JSON Schema of the data, not checked yet.
    pub schema: Option<Value>,
}

/// One reason why a schema cannot be used.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SchemaProblem {
    /// The place in the schema, as a JSON pointer (RFC 6901).
    pub pointer: String,
    /// The rule that the schema breaks.
    pub reason: String,
}

/// An event type of the catalogue.
#[derive(Clone, Debug)]
pub enum KnownType {
    /// A type that Sluice defines.
    BuiltIn(EventType),
    /// A type that an org declared.
    Declared(EventDeclaration),
}

/// The name of a type, by which the list is ordered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TypeName(String);

/// A declaration of an event type.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "EventTypeDeclaration"))]
pub(crate) struct Fields {
    /// A description for people, of at most 1,000 characters.
    description: Option<String>,
    /// The JSON Schema that the data of its events has to satisfy: an object or a boolean.
    schema: Option<Value>,
}

/// Parses the name in the path of a declaration.
pub fn name(segment: &str) -> Result<DeclaredType, Problem> {
    DeclaredType::parse(segment)
        .map_err(|error| Problem::invalid_parameter("name", format!("{error}.")))
}

/// Reads the body of a declaration: `description` and `schema`, both optional. A declaration replaces the previous one.
pub fn declare(inbound: &Inbound) -> Result<Draft, Problem> {
    let fields: Fields = body::typed(&body::object(inbound)?)?;
    let is_long = |text: &String| text.chars().count() > MAX_DESCRIPTION_CHARS;
    if fields.description.as_ref().is_some_and(is_long) {
        let detail = format!("A description has at most {MAX_DESCRIPTION_CHARS} characters.");
        return Err(Problem::invalid_field("/description", detail));
    }
    fields
        .schema
        .as_ref()
        .map_or(Ok(()), check_shape_and_size)?;
    Ok(Draft {
        description: fields.description,
        schema: fields.schema,
    })
}

fn check_shape_and_size(schema: &Value) -> Result<(), Problem> {
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

/// The schema cannot be used, for all of these reasons.
pub fn invalid_schema(problems: &[SchemaProblem]) -> Problem {
    Problem::new(
        Code::InvalidSchema,
        "The schema cannot be used; see the problems.",
    )
    .member("problems", json!(problems))
}

/// The type cannot be deleted: subscriptions name it.
pub fn in_use() -> Problem {
    Problem::new(
        Code::EventTypeInUse,
        "There are subscriptions to this type; change or delete them first.",
    )
}

/// The tenant has declared as many types as it may.
pub fn too_many(limit: usize) -> Problem {
    let detail = format!("There are at most {limit} declared event types; delete one first.");
    Problem::new(Code::LimitReached, detail)
}

impl KnownType {
    /// The types that Sluice defines.
    pub fn built_in() -> impl Iterator<Item = Self> {
        EventType::own().map(Self::BuiltIn)
    }

    /// The position in the list.
    pub fn cursor(&self) -> TypeName {
        TypeName(self.name())
    }

    /// Whether this is the name of the type in the native API.
    pub fn is_called(&self, name: &str) -> bool {
        self.name() == name
    }

    fn name(&self) -> String {
        match self {
            Self::BuiltIn(event_type) => event_type.to_string(),
            Self::Declared(declaration) => declaration.name.to_string(),
        }
    }
}

/// An event type: who publishes it, whether it can be subscribed to, and its names in the other APIs.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EventTypeView<'a> {
    /// Its name, which is unique.
    name: String,
    /// Whether the org declared it; the others are Sluice's own.
    declared: bool,
    /// Who publishes events of the type.
    #[cfg_attr(test, schemars(extend("enum" = ["sluice", "org"])))]
    publisher: &'static str,
    /// Whether subscriptions can name it.
    subscribable: bool,
    /// Its names in other APIs.
    names: ProfileNames<'a>,
    /// A description for people; `null` where there is none.
    description: Option<&'a str>,
    /// The JSON Schema of the data; `null` where any is allowed.
    schema: Option<&'a Value>,
    /// When it was declared; `null` for Sluice's own.
    created_at: Option<Timestamp>,
    /// When its declaration was last changed; `null` for Sluice's own.
    updated_at: Option<Timestamp>,
}

/// The names of an event type in other APIs.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ProfileNames<'a> {
    /// Its name in the API of refold; `null` where it has none.
    refold: Option<&'a str>,
    /// Its name in the API of copyai; `null` where it has none.
    copyai: Option<&'a str>,
}

/// An event type as answers show it.
pub fn view(known: &KnownType) -> EventTypeView<'_> {
    let (publisher, is_subscribable, names) = match known {
        KnownType::BuiltIn(event_type) => (
            event_type.publisher(),
            event_type.can_be_subscribed_to(),
            ProfileNames {
                refold: event_type.name(Profile::Refold),
                copyai: event_type.name(Profile::CopyAi),
            },
        ),
        KnownType::Declared(_) => (Publisher::Org, true, ProfileNames::default()),
    };
    let declaration = match known {
        KnownType::BuiltIn(_) => None,
        KnownType::Declared(declaration) => Some(declaration),
    };
    EventTypeView {
        name: known.name(),
        declared: declaration.is_some(),
        publisher: match publisher {
            Publisher::Sluice => "sluice",
            Publisher::Org => "org",
        },
        subscribable: is_subscribable,
        names,
        description: declaration.and_then(|declaration| declaration.description.as_deref()),
        schema: declaration.and_then(|declaration| declaration.schema.as_ref()),
        created_at: declaration.map(|declaration| declaration.created_at),
        updated_at: declaration.map(|declaration| declaration.updated_at),
    }
}

/// The path of an event type.
pub fn location(name: &DeclaredType) -> String {
    format!("/v1/event-types/{name}")
}

/// Reads the query of a list, which is ordered by name.
pub fn paging(inbound: &Inbound) -> Result<Paging<TypeName>, Problem> {
    only(inbound, &["limit", "cursor"])?;
    Paging::parse(inbound)
}

impl PageCursor for TypeName {
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
