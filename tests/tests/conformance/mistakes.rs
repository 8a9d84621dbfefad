//! A document with every kind of mistake: registration reports all of them, each with its location.

use serde_json::{Value, json};
use tests::World;

const MISTAKES: &str = include_str!("mistakes.yaml");

async fn problems(body: Value) -> Vec<Value> {
    let world = World::new().await;
    let answer = world.call("POST", "/v1/workflows", Some(body)).await;
    let refusal = answer.expect_problem(400, "INVALID_DEFINITION");
    refusal["problems"].as_array().unwrap().clone()
}

#[tokio::test]
async fn every_mistake_in_yaml_is_reported_with_its_line_and_column() {
    let reported = problems(json!({"name": "Mistakes", "definitionYaml": MISTAKES})).await;
    let lines = reported.iter().map(|problem| {
        let text = |name: &str| problem[name].as_str().unwrap().to_owned();
        let location = format!("{}:{}", problem["line"], problem["column"]);
        format!("{location} {} – {}", text("pointer"), text("reason"))
    });
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"));
}

#[tokio::test]
async fn every_mistake_in_json_is_reported_with_its_pointer() {
    let definition: Value = serde_saphyr::from_str(MISTAKES).unwrap();
    let reported = problems(json!({"name": "Mistakes", "definition": definition})).await;
    let in_yaml = problems(json!({"name": "Mistakes", "definitionYaml": MISTAKES})).await;
    assert_eq!(reported.len(), in_yaml.len());
    for (problem, in_yaml) in reported.iter().zip(&in_yaml) {
        assert_eq!(problem["pointer"], in_yaml["pointer"]);
        assert_eq!(problem["reason"], in_yaml["reason"]);
        assert!(problem["line"].is_null() && problem["column"].is_null());
    }
}
