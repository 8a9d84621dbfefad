//! The JSON of workflows, and the bodies of requests about them.

use domain::{Environment, OrgId, Tenant, Timestamp, WorkflowId};

use super::*;
use crate::test_requests::with_body;

fn workflow() -> Workflow {
    let now = Timestamp::from_millis(1_781_612_250_231);
    Workflow {
        id: WorkflowId::derived(&["w"]),
        tenant: Tenant {
            org: OrgId::derived(&["o"]),
            environment: Environment::Test,
        },
        name: "Orders".into(),
        slug: Slug::parse("orders").unwrap(),
        active: true,
        version: 3,
        rate_limit: RateLimit::new(50, 2.5).unwrap(),
        has_org_limits: false,
        created_at: now,
        updated_at: now.plus_secs(60),
        deleted: false,
        revision: 4,
    }
}

fn definition() -> Value {
    json!({"document": {"dsl": "1.0.0", "name": "orders"}, "do": [{"a": {"set": {"x": 1}}}]})
}

fn refusal(result: Result<Draft, Problem>) -> (&'static str, String) {
    let problem = result.unwrap_err();
    let code = problem.code().as_str();
    let body = problem.respond("req").into_body();
    let members: Value = serde_json::from_slice(&body).unwrap();
    (code, members["pointer"].as_str().unwrap_or_default().into())
}

fn changed(patch: &Value) -> Result<Draft, Problem> {
    let default = RateLimit::per_minute(600);
    change(&with_body(patch), &workflow(), &definition(), default)
}

#[test]
fn a_workflow_has_its_public_form() {
    insta::assert_snapshot!(
        serde_json::to_string_pretty(&view(&workflow(), &definition())).unwrap()
    );
}

#[test]
fn a_list_leaves_the_definition_out() {
    assert!(json!(listed(&workflow())).get("definition").is_none());
}

#[test]
fn a_new_workflow_has_defaults() {
    let body = json!({"name": "Orders", "definition": definition()});
    let draft = create(&with_body(&body), RateLimit::default()).unwrap();
    assert!(draft.slug.is_none() && !draft.active);
    assert_eq!(draft.rate_limit, RateLimit::default());
    assert_eq!(draft.definition, Some(Document::Json(definition())));
    let yaml = json!({"name": "Orders", "definitionYaml": "do: []"});
    let draft = create(&with_body(&yaml), RateLimit::default()).unwrap();
    assert_eq!(draft.definition, Some(Document::Yaml("do: []".into())));
}

#[test]
fn an_invalid_field_of_a_new_workflow_is_refused() {
    let cases = [
        (json!({"definition": {}}), "/name"),
        (json!({"name": " ", "definition": {}}), "/name"),
        (json!({"name": "x".repeat(201), "definition": {}}), "/name"),
        (json!({"name": "x"}), "/definition"),
        (json!({"name": "x", "definition": "text"}), "/definition"),
        (
            json!({"name": "x", "definition": {}, "definitionYaml": ""}),
            "/definitionYaml",
        ),
        (json!({"name": "x", "definition": {}, "slug": "A"}), "/slug"),
        (
            json!({"name": "x", "definition": {}, "rateLimit": {"capacity": 0}}),
            "/rateLimit",
        ),
        (
            json!({"name": "x", "definition": {}, "rateLimit": {"capacity": 1.5}}),
            "/rateLimit/capacity",
        ),
    ];
    for (body, pointer) in cases {
        let expected = ("INVALID_FIELD", pointer.to_owned());
        assert_eq!(
            refusal(create(&with_body(&body), RateLimit::default())),
            expected,
            "{body}"
        );
    }
    let read_only = json!({"name": "x", "definition": {}, "id": "wf_1"});
    let expected = ("UNKNOWN_FIELD", "/id".to_owned());
    assert_eq!(
        refusal(create(&with_body(&read_only), RateLimit::default())),
        expected
    );
}

#[test]
fn a_change_sets_the_fields_that_it_names() {
    let patch = json!({"name": "Invoices", "rateLimit": {"capacity": 7}});
    let draft = changed(&patch).unwrap();
    assert_eq!(draft.name, "Invoices");
    assert_eq!(draft.slug, Some(workflow().slug));
    assert!(draft.active && draft.definition.is_none());
    assert_eq!(draft.rate_limit, RateLimit::new(7, 2.5).unwrap());
}

#[test]
fn null_in_a_change_sets_the_default_of_the_org() {
    let patch = json!({"slug": null, "active": null, "rateLimit": null});
    let draft = changed(&patch).unwrap();
    assert!(draft.slug.is_none() && !draft.active);
    assert_eq!(draft.rate_limit, RateLimit::per_minute(600));
}

#[test]
fn a_change_of_the_definition_merges_into_it() {
    let patch = json!({"definition": {"document": {"name": null, "title": "T"}}});
    let draft = changed(&patch).unwrap();
    let mut merged = definition();
    merged["document"] = json!({"dsl": "1.0.0", "title": "T"});
    assert_eq!(draft.definition, Some(Document::Json(merged)));
}

#[test]
fn an_invalid_change_is_refused() {
    for (patch, code, pointer) in [
        (json!({"name": null}), "INVALID_FIELD", "/name"),
        (json!({"definition": null}), "INVALID_FIELD", "/definition"),
        (json!({"nope": null}), "UNKNOWN_FIELD", "/nope"),
        (
            json!({"rateLimit": {"burst": null}}),
            "UNKNOWN_FIELD",
            "/rateLimit/burst",
        ),
        (
            json!({"definition": {}, "definitionYaml": "x"}),
            "INVALID_FIELD",
            "/definitionYaml",
        ),
    ] {
        let refused = refusal(changed(&patch));
        assert_eq!(refused, (code, pointer.to_owned()), "{patch}");
    }
}

#[test]
fn every_problem_of_a_definition_is_listed() {
    let problem = invalid_definition(&[DefinitionProblem {
        pointer: "/do/0".into(),
        reason: "unknown task".into(),
        line: Some(7),
        column: Some(3),
    }]);
    let body = problem.respond("req-1").into_body();
    let members: Value = serde_json::from_slice(&body).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&members).unwrap());
}
