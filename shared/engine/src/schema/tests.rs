//! Schemas of authors, and of attackers.

use super::{Refusal, Schema};
use serde_json::{Value, json};

fn schema(value: &Value) -> Schema {
    Schema::compile(value).unwrap()
}

fn refusals(value: &Value) -> Vec<Refusal> {
    Schema::compile(value).map(drop).unwrap_err()
}

#[test]
fn violations_are_told_with_their_places_and_without_the_values() {
    let schema = schema(&json!({
        "type": "object",
        "required": ["id"],
        "properties": {"total": {"type": "number"}, "lines": {"items": {"minLength": 2}}},
    }));
    assert_eq!(schema.fit(&json!({"id": 1, "total": 2.5})), Ok(()));
    let reason = schema
        .fit(&json!({"total": "hidden", "lines": ["ok", "x"]}))
        .unwrap_err();
    assert!(reason.contains("\"id\" is a required property"), "{reason}");
    assert!(
        reason.contains("/total is not of type \"number\""),
        "{reason}"
    );
    assert!(reason.contains("/lines/1 "), "{reason}");
    assert!(!reason.contains("hidden"), "{reason}");
}

#[test]
fn what_is_told_is_short_however_much_is_wrong() {
    let names: Vec<String> = (0..10_000).map(|at| format!("name{at}")).collect();
    let reason = schema(&json!({"required": names}))
        .fit(&json!({}))
        .unwrap_err();
    assert!(reason.chars().count() < 700, "{reason}");
    let members: Value = names
        .iter()
        .map(|name| (name.clone(), json!(1)))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let reason = schema(&json!({"additionalProperties": false}))
        .fit(&members)
        .unwrap_err();
    assert!(reason.chars().count() < 700, "{reason}");
}

#[test]
fn the_draft_is_the_one_that_the_schema_names_and_else_2020_12() {
    let tuple = json!({"items": [{"type": "string"}]});
    assert_eq!(refusals(&tuple)[0].pointer, "/items");
    let mut draft_7 = tuple;
    draft_7["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    assert!(schema(&draft_7).fit(&json!([1])).is_err());
}

#[test]
fn references_within_the_schema_are_followed_even_when_they_recur() {
    let tree = schema(&json!({
        "$ref": "#/$defs/node",
        "$defs": {"node": {
            "type": "object",
            "properties": {"left": {"$ref": "#/$defs/node"}, "right": {"$ref": "#/$defs/node"}},
        }},
    }));
    let deep = (0..60).fold(json!({}), |inner, _| json!({"left": inner, "right": {}}));
    assert_eq!(tree.fit(&deep), Ok(()));
    let broken = (0..60).fold(json!(1), |inner, _| json!({"left": inner}));
    assert!(tree.fit(&broken).is_err());
}

#[test]
fn what_is_no_schema_is_refused_at_its_place() {
    assert_eq!(
        refusals(&json!({"properties": {"a": {"type": "strin"}}}))[0].pointer,
        "/properties/a/type"
    );
    assert_eq!(refusals(&json!({"minLength": -1}))[0].pointer, "/minLength");
    assert_eq!(refusals(&json!("object")).len(), 1);
}

#[test]
fn nothing_is_fetched_and_no_identity_is_taken() {
    let places = [
        (json!({"$ref": "https://example.com/schema.json"}), "/$ref"),
        (json!({"$ref": "file:///etc/passwd"}), "/$ref"),
        (json!({"$ref": "other.json#/a"}), "/$ref"),
        (json!({"$ref": "#/$defs/missing"}), "/$ref"),
        (
            json!({"items": {"$dynamicRef": "#node"}}),
            "/items/$dynamicRef",
        ),
        (
            json!({"items": {"$id": "https://example.com/a"}}),
            "/items/$id",
        ),
        (
            json!({"$ref": "#/enum/0", "enum": [{"type": "string"}]}),
            "/$ref",
        ),
    ];
    for (schema, pointer) in places {
        assert_eq!(refusals(&schema)[0].pointer, pointer, "{schema}");
    }
    refusals(&json!({"$schema": "https://example.com/own-draft"}));
}

#[test]
fn references_in_a_circle_are_refused() {
    for circle in [
        json!({"$ref": "#"}),
        json!({"allOf": [{"$ref": "#"}]}),
        json!({"$ref": "#/$defs/a", "$defs": {"a": {"not": {"$ref": "#/$defs/b"}}, "b": {"if": {"$ref": "#/$defs/a"}}}}),
    ] {
        assert!(refusals(&circle)[0].reason.contains("circle"), "{circle}");
    }
}

/// Each definition applies the next one twice.
fn doubling(levels: usize, twice: impl Fn(Value) -> Value) -> Value {
    let mut definitions = serde_json::Map::new();
    for level in 0..levels {
        let next = json!({"$ref": format!("#/$defs/d{}", level + 1)});
        definitions.insert(format!("d{level}"), twice(next));
    }
    definitions.insert(format!("d{levels}"), json!({"type": "string"}));
    json!({"$ref": "#/$defs/d0", "$defs": definitions})
}

#[test]
fn a_schema_that_grows_by_doubling_is_refused() {
    for keyword in ["allOf", "anyOf", "oneOf"] {
        let bomb = doubling(25, |next| json!({keyword: [next, next]}));
        assert!(refusals(&bomb)[0].reason.contains("apply to one value"));
    }
    let again = doubling(
        25,
        |next| json!({"allOf": [next], "unevaluatedProperties": false}),
    );
    assert!(refusals(&again)[0].reason.contains("apply to one value"));
}

#[test]
fn a_value_that_makes_a_small_schema_work_for_ever_is_refused() {
    let bomb = schema(&json!({
        "anyOf": [{"properties": {"a": {"$ref": "#"}}}, {"properties": {"a": {"$ref": "#"}, "b": false}}],
        "required": ["z"],
    }));
    let deep = (0..60).fold(json!(1), |inner, _| json!({"a": inner, "b": 1}));
    assert!(bomb.fit(&deep).unwrap_err().contains("too much work"));
    let shallow = json!({"a": {"a": {}}});
    assert!(!bomb.fit(&shallow).unwrap_err().contains("too much work"));
}

#[test]
fn patterns_cannot_back_track_and_cannot_be_large() {
    let text = format!("{}!", "a".repeat(50_000));
    let catastrophic = schema(&json!({"pattern": "^(a+)+$"}));
    assert!(catastrophic.fit(&json!(text)).is_err());
    assert_eq!(catastrophic.fit(&json!("aaa")), Ok(()));
    for pattern in ["(a{1000}){1000}", "(?=a)b", "(a)\\1", "("] {
        assert_eq!(
            refusals(&json!({"pattern": pattern}))[0].pointer,
            "/pattern"
        );
        let of_names = json!({"patternProperties": {pattern: true}});
        assert!(
            refusals(&of_names)[0]
                .pointer
                .starts_with("/patternProperties/")
        );
    }
    let many: Vec<Value> = (0..101)
        .map(|at| json!({"pattern": format!("a{at}")}))
        .collect();
    assert!(
        refusals(&json!({"anyOf": many}))[0]
            .reason
            .contains("patterns")
    );
}

#[test]
fn large_schemas_and_values_are_checked_or_refused_in_little_time() {
    let many: Vec<Value> = (0..20_000).map(|at| json!({"n": at})).collect();
    let all_different = schema(&json!({"uniqueItems": true}));
    assert_eq!(all_different.fit(&json!(many)), Ok(()));
    let one_of_many = schema(&json!({"items": {"enum": many}}));
    let reason = one_of_many.fit(&json!(many)).unwrap_err();
    assert!(reason.contains("too much work"), "{reason}");
    let too_many: Vec<Value> = (0..6_000).map(|_| json!({})).collect();
    assert!(
        refusals(&json!({"anyOf": too_many}))[0]
            .reason
            .contains("5000 schemas")
    );
    let fractions = schema(&json!({"items": {"multipleOf": 1e-300}}));
    let _ = fractions.fit(&json!(vec![1e300; 1_000]));
}

#[test]
fn formats_are_annotations() {
    assert_eq!(
        schema(&json!({"format": "date"})).fit(&json!("no date")),
        Ok(())
    );
}

#[test]
fn the_patterns_of_a_schema_together_have_a_limit() {
    let heavy = "[\\p{L}\\p{N}]{2}";
    let some: Vec<Value> = (0..100)
        .map(|at| json!({"pattern": format!("{heavy}{at}")}))
        .collect();
    let refused = refusals(&json!({"anyOf": some}));
    assert!(refused[0].reason.contains("together"), "{refused:?}");
    let long = json!({"pattern": "a".repeat(1_001)});
    assert!(refusals(&long)[0].reason.contains("1000 bytes"));
    schema(&json!({"pattern": "a".repeat(1_000)}));
}

#[test]
fn a_check_takes_at_most_500_000_units_of_work() {
    let schema = schema(&json!({"items": {"type": "integer"}}));
    let check = |items: usize| schema.check(&json!(vec![1; items]));
    let (one, two) = (check(1).work_units, check(2).work_units);
    let each = usize::try_from(two - one).unwrap();
    let most = 1 + (500_000 - usize::try_from(one).unwrap()) / each;
    let fits = check(most);
    assert_eq!(fits.outcome, Ok(()));
    assert!(fits.work_units <= 500_000 && fits.work_units + each as u64 > 500_000);
    let reason = check(most + 1).outcome.unwrap_err();
    assert!(reason.contains("too much work"), "{reason}");
}
