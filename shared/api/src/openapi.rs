//! The document that describes the API, as OpenAPI 3.1, made of one table of operations and of the types that requests are
//! read into and answers are written from. It is a part of the tests alone: what is served is the committed document,
//! `docs/openapi.json`. It does not know how a request is served.

mod codes;
mod document;
mod examples;
mod operation;
mod parameters;
mod schemas;
mod table;

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;

/// Where the document is committed.
fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json")
}

/// With `ACCEPT_OPENAPI=1` it writes the document instead.
#[test]
fn the_committed_document_describes_the_api() {
    let mut text = serde_json::to_string_pretty(&document::document()).unwrap();
    text.push('\n');
    if std::env::var("ACCEPT_OPENAPI").is_ok_and(|value| value == "1") {
        std::fs::write(path(), text).unwrap();
        return;
    }
    let committed = std::fs::read_to_string(path()).unwrap_or_default();
    assert!(
        committed == text,
        "docs/openapi.json is stale: run `cargo accept-openapi` and read the difference"
    );
}

#[test]
fn every_field_is_described() {
    let document = document::document();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let mut bare = Vec::new();
    for (name, schema) in schemas {
        if schema.get("description").is_none() && schema.get("pattern").is_none() {
            bare.push(name.clone());
        }
        undescribed(schema, name, &mut bare);
    }
    assert!(bare.is_empty(), "without a description: {bare:#?}");
}

/// The pointers of properties without a description.
fn undescribed(schema: &Value, at: &str, found: &mut Vec<String>) {
    match schema {
        Value::Object(members) => {
            for (name, member) in members {
                let at = format!("{at}/{name}");
                if let ("properties", Some(properties)) = (name.as_str(), member.as_object()) {
                    for (property, schema) in properties {
                        // The tag of a variant is described by its values.
                        if schema.get("description").is_none() && schema.get("const").is_none() {
                            found.push(format!("{at}/{property}"));
                        }
                    }
                }
                if !["example", "examples", "enum"].contains(&name.as_str()) {
                    undescribed(member, &at, found);
                }
            }
        }
        Value::Array(members) => {
            for (index, member) in members.iter().enumerate() {
                undescribed(member, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn every_answer_has_an_example() {
    let text = document::document().to_string();
    let missing: BTreeSet<&str> = text
        .split('"')
        .filter(|part| part.starts_with(examples::MISSING))
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn operations_have_names_of_their_own_and_codes_with_different_examples() {
    let operations = table::operations();
    let mut names: Vec<&str> = operations.iter().map(|operation| operation.id).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count, "{names:?}");
}
