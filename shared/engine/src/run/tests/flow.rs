//! Lists, switches, data flow and raised errors.

use super::run;
use crate::StepStatus;
use serde_json::json;

#[test]
fn the_output_of_a_task_is_the_input_of_the_next() {
    let colors = "
do:
  - composite:
      do:
        - setRed: { set: { colors: '${ .colors + [\"red\"] }' } }
        - setGreen: { set: { colors: '${ .colors + [\"green\"] }' } }
        - setBlue: { set: { colors: '${ .colors + [\"blue\"] }' } }
";
    let outcome = run(colors, json!({}));
    assert_eq!(
        outcome.output(),
        &json!({"colors": ["red", "green", "blue"]})
    );
    let expected = ["setRed", "setGreen", "setBlue", "composite"];
    assert_eq!(outcome.names(StepStatus::Succeeded), expected);
    assert_eq!(outcome.steps[0].path, "/do/0/composite/do/0/setRed");
    assert_eq!(outcome.steps[0].kind, "set");
}

#[test]
fn a_switch_takes_the_first_case_that_matches_or_the_default() {
    let tasks = "
do:
  - choose:
      switch:
        - red: { when: '.color == \"red\"', then: setRed }
        - other: { then: setOther }
  - setRed: { set: { got: red }, then: end }
  - setOther: { set: { got: '${ $input.color }' }, then: end }
";
    assert_eq!(
        run(tasks, json!({"color": "red"})).output(),
        &json!({"got": "red"})
    );
    assert_eq!(
        run(tasks, json!({"color": "blue"})).output(),
        &json!({"got": "blue"})
    );
}

#[test]
fn a_switch_without_a_match_follows_its_own_then() {
    let tasks = "
do:
  - choose: { switch: [ { red: { when: '.color == \"red\"', then: setRed } } ], then: end }
  - setRed: { set: { got: red } }
";
    assert_eq!(
        run(tasks, json!({"color": "blue"})).output(),
        &json!({"color": "blue"})
    );
}

#[test]
fn exit_leaves_the_list_and_end_ends_the_workflow() {
    let tasks = "
do:
  - outer:
      do:
        - a: { set: { at: a }, then: exit }
        - b: { set: { at: b } }
  - c: { set: { at: '${ .at + \"c\" }' } }
  - d: { do: [ { e: { set: { at: '${ .at + \"e\" }' }, then: end } } ] }
  - f: { set: { at: never } }
";
    let outcome = run(tasks, json!({}));
    assert_eq!(outcome.output(), &json!({"at": "ace"}));
    assert_eq!(
        outcome.names(StepStatus::Succeeded),
        ["a", "outer", "c", "e", "d"]
    );
}

#[test]
fn data_passes_every_transformation() {
    let tasks = "
input: { from: .body }
output: { as: '{ result: ., context: $context }' }
do:
  - first:
      input: { from: .value }
      set: { doubled: '${ . * 2 }', raw: '${ $task.input.value }' }
      output: { as: '.doubled + .raw' }
      export: { as: '{ seen: $output, input: $input }' }
  - second: { set: '${ { number: ., context: $context } }' }
";
    let outcome = run(tasks, json!({"body": {"value": 4}}));
    let seen = json!({"seen": 12, "input": 4});
    assert_eq!(
        outcome.output(),
        &json!({"result": {"number": 12, "context": seen}, "context": seen})
    );
}

#[test]
fn expressions_see_workflow_task_and_runtime() {
    let tasks = "
do:
  - look:
      set:
        id: '${ $workflow.id }'
        name: '${ $workflow.definition.document.name }'
        input: '${ $workflow.input.a }'
        at: '${ $workflow.startedAt.iso8601 }'
        task: '${ $task.reference }'
        kind: '${ $task.definition | keys[0] }'
        runtime: '${ $runtime.name }'
        now: '${ now }'
";
    let expected = json!({
        "id": "exe_1", "name": "example", "input": 1, "at": "2023-11-14T22:13:20Z",
        "task": "/do/0/look", "kind": "set", "runtime": "sluice", "now": 1_700_000_000,
    });
    assert_eq!(run(tasks, json!({"a": 1})).output(), &expected);
}

#[test]
fn a_task_whose_condition_is_false_is_skipped() {
    let tasks = "
do:
  - maybe: { if: .wanted, set: { done: true } }
  - after: { set: { was: '${ . }' } }
";
    let outcome = run(tasks, json!({"wanted": false}));
    assert_eq!(outcome.output(), &json!({"was": {"wanted": false}}));
    assert_eq!(outcome.names(StepStatus::Skipped), ["maybe"]);
}

#[test]
fn a_raised_error_faults_the_workflow_with_its_instance() {
    let tasks = "
do:
  - deep:
      do:
        - fail:
            raise:
              error:
                type: https://example.com/errors/no
                status: 409
                title: No
                detail: '${ \"no \" + .what }'
";
    let outcome = run(tasks, json!({"what": "way"}));
    let fault = outcome.fault();
    assert_eq!(fault.status, 409);
    assert_eq!(fault.detail.as_deref(), Some("no way"));
    assert_eq!(fault.instance.as_deref(), Some("/do/0/deep/do/0/fail"));
    assert_eq!(outcome.names(StepStatus::Failed), ["fail", "deep"]);
}

#[test]
fn an_expression_that_fails_is_an_expression_error_at_its_task() {
    let outcome = run(
        "do: [ { bad: { set: { a: '${ .x + 1 }' } } } ]",
        json!({"x": "text"}),
    );
    let fault = outcome.fault();
    assert_eq!(
        fault.r#type,
        "https://serverlessworkflow.io/spec/1.0.0/errors/expression"
    );
    assert_eq!(
        (fault.status, fault.instance.as_deref()),
        (400, Some("/do/0/bad"))
    );
    assert!(
        fault
            .detail
            .as_deref()
            .is_some_and(|detail| detail.contains("cannot be added"))
    );
}
