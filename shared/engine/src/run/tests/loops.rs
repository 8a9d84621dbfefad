//! Loops: iterations, variables, conditions.

use super::run;
use serde_json::json;

const LOOP: &str = "
do:
  - loopColors:
      for: { each: color, in: '.colors' }
      do:
        - markProcessed:
            set:
              processed: '${ { colors: (.processed.colors + [ $color ]), indexes: (.processed.indexes + [ $index ])} }'
";

#[test]
fn the_tasks_of_a_loop_see_the_item_and_its_index() {
    let outcome = run(LOOP, json!({"colors": ["red", "green", "blue"]}));
    let expected = json!({"processed": {"colors": ["red", "green", "blue"], "indexes": [0, 1, 2]}});
    assert_eq!(outcome.output(), &expected);
    let visits: Vec<_> = outcome
        .steps
        .iter()
        .map(|step| (step.name.as_str(), step.visit))
        .collect();
    let rounds = [
        ("markProcessed", 1),
        ("markProcessed", 2),
        ("markProcessed", 3),
        ("loopColors", 1),
    ];
    assert_eq!(visits, rounds);
}

#[test]
fn a_loop_over_an_empty_array_outputs_its_input_and_over_another_value_faults() {
    assert_eq!(
        run(LOOP, json!({"colors": []})).output(),
        &json!({"colors": []})
    );
    let outcome = run(LOOP, json!({"colors": "red"}));
    assert!(
        outcome
            .fault()
            .detail
            .as_deref()
            .is_some_and(|detail| detail.contains("a string"))
    );
}

#[test]
fn a_loop_ends_when_its_condition_no_longer_holds() {
    let tasks = "
do:
  - sum:
      for: { in: '.items' }
      while: (.total // 0) < 5
      do: [ { add: { set: '${ . + { total: ((.total // 0) + $item) } }' } } ]
";
    assert_eq!(
        run(tasks, json!({"items": [1, 2, 3, 4, 5]})).output()["total"],
        6
    );
}

#[test]
fn loops_nest_and_the_inner_variable_wins() {
    let tasks = "
do:
  - outer:
      for: { in: '[1, 2]' }
      do:
        - inner:
            for: { in: '[10, 20]', at: inner }
            do: [ { add: { set: { all: '${ .all + [$item + $index * 100 + $inner] }' } } } ]
";
    assert_eq!(
        run(tasks, json!({})).output(),
        &json!({"all": [10, 21, 110, 121]})
    );
}
