//! Ten hostile executions at once, as in one batch of a worker: together they stay under the memory of the function, which
//! is 512 MB, with what the worker itself needs.

use std::thread;

use engine::{Definition, Effect, Event, Run, RunContext, Sandbox, Secrets, advance, yaml_to_json};
use serde_json::{Value, json};

use crate::memory::Turn;

const MAX_BYTES: usize = 300 << 20;

/// A hundred branches, the most of a fork, each of which copies what it is given.
fn branches(task: &str) -> String {
    let branches = (0..100).map(|at| format!("          - b{at}: {task}\n"));
    let branches: String = branches.collect();
    format!(
        "do:\n  - grow:\n      set: {{text: \"${{ .text * 10 }}\"}}\n  - all:\n      fork:\n        branches:\n{branches}"
    )
}

fn hostile() -> Vec<String> {
    let copies = "{set: {copy: \"${ .text }\"}}";
    let waits = "{wait: {hours: 1}}";
    let loops = "do:\n  - all:\n      for: {each: n, in: \"${ [range(200)] }\"}\n      do:\n        - copy: {set: {text: \"${ .text }\"}}\n";
    let hoards =
        |expression: &str| format!("do:\n  - hoard: {{set: {{x: '${{ {expression} }}'}}}}\n");
    vec![
        branches(copies),
        branches(copies),
        branches(copies),
        branches(waits),
        branches(waits),
        loops.to_owned(),
        loops.to_owned(),
        hoards("[range(1e9)]"),
        hoards("[limit(99999; repeat(\"abcdefghijklmnopqrstuvwxyz\" * 20))] | map([., .])"),
        hoards("reduce range(40) as $i (\"x\"; . + .)"),
    ]
}

fn definition(tasks: &str) -> Definition {
    let heading = "document: {dsl: '1.0.0', namespace: test, name: hostile, version: '0.1.0'}\n";
    let document = yaml_to_json(&format!("{heading}{tasks}")).expect("YAML");
    Definition::parse(&document).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// Runs to the end or the first wait, and writes a checkpoint after each slice, as a worker does.
fn run(definition: &Definition, sandbox: &Sandbox) -> Value {
    let context = RunContext {
        execution_id: "exe_1".to_owned(),
        workflow_id: "wf_1".to_owned(),
        workflow_version: 1,
        started_at_ms: 0,
    };
    let mut run = Run::start(context, json!({"text": "x".repeat(90_000)}));
    let mut event = Event::Start;
    loop {
        let Ok(advanced) = advance(definition, &mut run, event, 0, &Secrets::default(), sandbox)
        else {
            return json!("an expression took too long");
        };
        let steps = serde_json::to_vec(&advanced.steps).expect("JSON");
        let checkpoint = serde_json::to_vec(&run).expect("JSON");
        drop((steps, checkpoint));
        match advanced.effect {
            Effect::Continue => event = Event::Continue,
            Effect::Done(_) => return json!("done"),
            Effect::Fault(fault) => return json!(fault.detail),
            Effect::Wait { .. } | Effect::Perform { .. } => return json!("waits"),
        }
    }
}

#[test]
fn ten_hostile_executions_in_one_batch_stay_under_the_memory_of_the_function() {
    let turn = Turn::wait();
    let definitions: Vec<Definition> = hostile().iter().map(|tasks| definition(tasks)).collect();
    let sandbox = &Sandbox::new();
    let (ends, taken) = turn.measure(|| {
        thread::scope(|scope| {
            let runs: Vec<_> = definitions
                .iter()
                .map(|definition| scope.spawn(move || run(definition, sandbox)))
                .collect();
            let ends = runs.into_iter().map(|run| run.join().expect("no panic"));
            ends.collect::<Vec<Value>>()
        })
    });
    assert_eq!(ends.len(), 10);
    assert!(taken.bytes < MAX_BYTES, "{taken:?} {ends:?}");
    assert!(taken.bytes > 10 << 20, "they try: {taken:?} {ends:?}");
}
