//! The JSON of event types, and the bodies of declarations.

use domain::Timestamp;

use super::*;
use crate::test_requests::with_body;

fn declared() -> KnownType {
    let now = Timestamp::from_millis(1_781_612_250_231);
    KnownType::Declared(EventDeclaration {
        name: DeclaredType::parse("invoice.paid").unwrap(),
        description: Some("An invoice was paid.".into()),
        schema: Some(json!({"type": "object"})),
        created_at: now,
        updated_at: now.plus_secs(1),
    })
}

#[test]
fn every_type_has_its_public_form() {
    let all: Vec<Value> = KnownType::built_in()
        .chain([declared()])
        .map(|known| json!(view(&known)))
        .collect();
    insta::assert_snapshot!(serde_json::to_string_pretty(&all).unwrap());
}

#[test]
fn a_declaration_may_be_empty() {
    let draft = declare(&with_body(&json!({}))).unwrap();
    assert!(draft.description.is_none() && draft.schema.is_none());
    let draft = declare(&with_body(
        &json!({"description": "d", "schema": {"anything": "else"}}),
    ))
    .unwrap();
    assert_eq!(draft.schema, Some(json!({"anything": "else"})));
}

#[test]
fn an_invalid_declaration_is_refused() {
    for (body, code) in [
        (json!({"schema": "string"}), Code::InvalidField),
        (
            json!({"schema": {"const": "x".repeat(65_536)}}),
            Code::InvalidField,
        ),
        (
            json!({"description": "x".repeat(1_001)}),
            Code::InvalidField,
        ),
        (json!({"name": "x"}), Code::UnknownField),
    ] {
        assert_eq!(declare(&with_body(&body)).unwrap_err().code(), code);
    }
    for name in ["workflow.paused", "Workflow.paused", "invoice..paid"] {
        assert_eq!(
            super::name(name).unwrap_err().code(),
            Code::InvalidParameter
        );
    }
}

#[test]
fn every_problem_of_a_schema_is_listed() {
    let problem = SchemaProblem {
        pointer: "/properties/a/$ref".into(),
        reason: "a reference leads elsewhere".into(),
    };
    let body = invalid_schema(&[problem]).respond("req").into_body();
    let members: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(members["code"], "INVALID_SCHEMA");
    assert_eq!(members["problems"][0]["pointer"], "/properties/a/$ref");
}

#[test]
fn a_position_in_the_list_is_a_name() {
    for known in KnownType::built_in().chain([declared()]) {
        let name = known.cursor();
        assert_eq!(TypeName::read(&name.write()), Some(name));
    }
    assert_eq!(TypeName::read("no type"), None);
}
