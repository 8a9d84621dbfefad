//! What must hold over everything that is stored, once recovery is over: invariants 1 to 4, read
//! from the stored items and not through a function.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::World;

/// One item, with its values as DynamoDB writes them.
type Item = Map<String, Value>;

/// Asserts that each of these executions is recorded once, that everything recorded has ended and
/// is complete, and that no delivery id has two executions.
pub async fn hold(world: &World, accepted: &[String]) {
    let items = scan(world).await;
    let states: Vec<&Item> = items.iter().filter(|item| is_state(item)).collect();
    let known: BTreeSet<&str> = states.iter().map(|state| execution(state)).collect();
    for id in accepted {
        assert!(
            known.contains(id.as_str()),
            "{id} was accepted, and is gone"
        );
    }
    let mut deliveries = BTreeMap::new();
    for state in states {
        has_ended(state);
        is_complete(state, &items);
        if let Some(delivery) = delivery(state)
            && let Some(other) = deliveries.insert(delivery, execution(state))
        {
            panic!("{other} and {} are one delivery", execution(state));
        }
        no_step_is_open(world, state).await;
    }
}

/// All items of the table of executions.
pub async fn scan(world: &World) -> Vec<Item> {
    scan_by(world, json!({"ConsistentRead": true})).await
}

/// All entries of one of its indexes, with what it projects.
pub async fn scan_index(world: &World, index: &str) -> Vec<Item> {
    scan_by(world, json!({ "IndexName": index })).await
}

async fn scan_by(world: &World, mut body: Value) -> Vec<Item> {
    let variables = world.stack.variables("worker");
    body["TableName"] = json!(variables["RUNS_TABLE"]);
    let found = crate::fault_proxy::ask(world, "DynamoDB_20120810.Scan", body.to_string()).await;
    assert!(found["LastEvaluatedKey"].is_null(), "the scan is whole");
    let items = found["Items"].as_array().expect("items");
    let items = items.iter().filter_map(Value::as_object);
    items.cloned().collect()
}

fn is_state(item: &Item) -> bool {
    text(item, "pk").starts_with("EXE#") && text(item, "sk") == "S"
}

fn execution(state: &Item) -> &str {
    text(state, "pk").trim_start_matches("EXE#")
}

/// Workflow, trigger and delivery id. What was refused leaves its delivery id free.
fn delivery(state: &Item) -> Option<[String; 3]> {
    state.get("delivery_id")?;
    let (workflow, _) = text(state, "history_pk").split_once('#')?;
    let parts = [
        workflow,
        text(state, "trigger_id"),
        text(state, "delivery_id"),
    ];
    (text(state, "status") != "rejected").then(|| parts.map(str::to_owned))
}

/// It is terminal: it has no lease, nothing is due, and it expires.
fn has_ended(state: &Item) {
    assert!(state.contains_key("ended"), "not ended: {state:?}");
    assert!(state.contains_key("expires_at"), "kept for ever: {state:?}");
    for name in ["due_at", "due_shard", "lease_until", "resume_at"] {
        assert!(!state.contains_key(name), "{name} is left: {state:?}");
    }
}

/// Whatever the state names is there.
fn is_complete(state: &Item, items: &[Item]) {
    let named = |kind: &str, number: &str| format!("{}#{kind}{number}", text(state, "generation"));
    let mut children: Vec<String> = (0..number(state, "pages"))
        .map(|page| named("P", &format!("{page:08}")))
        .collect();
    if state.contains_key("slot") {
        children.push(named("C", &number(state, "slot").to_string()));
    }
    for sk in children {
        let is_child =
            |item: &&Item| text(item, "pk") == text(state, "pk") && text(item, "sk") == sk;
        assert!(
            items.iter().any(|item| is_child(&item)),
            "{sk} is missing: {state:?}"
        );
    }
}

/// What succeeded has left no task open.
async fn no_step_is_open(world: &World, state: &Item) {
    if text(state, "status") != "succeeded" {
        return;
    }
    let shown = world.execution(execution(state)).await;
    let steps = shown["steps"].as_array().expect("steps");
    assert!(!steps.is_empty(), "no step is shown: {shown}");
    let open = steps.iter().find(|step| step["status"] == "running");
    assert_eq!(open, None, "{shown}");
}

fn text<'a>(item: &'a Item, name: &str) -> &'a str {
    item.get(name)
        .and_then(|value| value["S"].as_str())
        .unwrap_or_default()
}

fn number(item: &Item, name: &str) -> u64 {
    let value = item.get(name).and_then(|value| value["N"].as_str());
    value.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}
