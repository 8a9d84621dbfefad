//! Properties of every workflow: a run is deterministic, and a checkpoint loses nothing.

use super::generated::{Flavour, list};
use super::{Outcome, drive, json_answer, parse};
use crate::{Action, ActionKind, ActionResult, Definition, Run};
use proptest::prelude::*;
use serde_json::{Value, json};

fn perform(action: &Action) -> ActionResult {
    let done = json!({ "done": action.id });
    match &action.kind {
        ActionKind::Http(_) => ActionResult::Called(json_answer(200, &done)),
        ActionKind::Emit(_) | ActionKind::Function { .. } | ActionKind::Workflow(_) => {
            ActionResult::Returned(done)
        }
    }
}

fn drive_through(definition: &Definition, between: impl FnMut(Run) -> Run) -> Outcome {
    drive(definition, json!({"n": 0}), perform, between)
}

fn through_a_checkpoint(run: Run) -> Run {
    let checkpoint = serde_json::to_vec(&run).expect("JSON");
    let restored: Run = serde_json::from_slice(&checkpoint).expect("a checkpoint");
    assert_eq!(restored, run);
    restored
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_run_restored_at_every_effect_ends_as_one_that_was_not(tasks in list(2, Flavour::Anything)) {
        let definition = parse(&format!("do: {tasks}"));
        let (plain, restored) =
            (drive_through(&definition, |run| run), drive_through(&definition, through_a_checkpoint));
        prop_assert_eq!(&plain.end, &restored.end);
        prop_assert_eq!(&plain.actions, &restored.actions);
        prop_assert_eq!(&plain.steps, &restored.steps);
    }

    #[test]
    fn any_document_is_parsed_or_refused(document in anything()) {
        if let Err(problems) = Definition::parse(&document) {
            prop_assert!(!problems.is_empty());
        }
    }

    #[test]
    fn any_text_is_parsed_or_refused(text in ".{0,200}") {
        let _ = crate::yaml_to_json(&text);
        let _ = Definition::parse(&json!({"do": [{"a": {"set": {"x": format!("${{{text}}}")}}}]}));
    }
}

/// Random documents that resemble workflows, so that they reach deep into the parser.
fn anything() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        Just("document"),
        Just("do"),
        Just("set"),
        Just("switch"),
        Just("call"),
        Just("with"),
        Just("raise"),
        Just("error"),
        Just("wait"),
        Just("then"),
        Just("when"),
        Just("input"),
        Just("from"),
        Just("output"),
        Just("as"),
        Just("if"),
        Just("x"),
        Just("method"),
        Just("endpoint"),
        Just("type"),
        Just("status"),
        Just("for"),
        Just("try"),
        Just("catch"),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[ -~]{0,12}".prop_map(Value::from),
        Just(json!("${ .a }")),
        Just(json!("http")),
        Just(json!("end")),
    ];
    leaf.prop_recursive(6, 48, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(word.clone().prop_map(str::to_owned), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}
