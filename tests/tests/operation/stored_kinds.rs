//! The kinds of stored records and messages: which there are say the table of keys and the type of messages, and each must be
//! among the stored bytes that every later version has to read.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use regex::Regex;
use serde_json::{Value, json};
use store::Message;
use tests::{World, echoes_the_event, waits};

use crate::org_data::live;
use crate::stored_bytes::stored;

const KEYS: &str = include_str!("../../../shared/store/src/dynamodb/keys.rs");

/// A row of the table of keys.
struct Kind {
    what: String,
    pk: Regex,
    sk: Regex,
}

impl Kind {
    fn is_of(&self, item: &Value) -> bool {
        let text = |name: &str| item[name]["S"].as_str().unwrap().to_owned();
        self.pk.is_match(&text("pk")) && self.sk.is_match(&text("sk"))
    }
}

/// `EXE#<id>` means any id.
fn pattern(cell: &str) -> Regex {
    let mut pattern = String::from("^");
    for part in cell.split_inclusive('>') {
        let (fixed, placeholder) = part
            .split_once('<')
            .map_or((part, ""), |(fixed, _)| (fixed, "[^#]+"));
        pattern.push_str(&regex::escape(fixed));
        pattern.push_str(placeholder);
    }
    Regex::new(&format!("{pattern}$")).unwrap()
}

fn kinds() -> Vec<Kind> {
    let rows = KEYS.lines().filter_map(|line| line.strip_prefix("//! | "));
    let rows = rows.filter(|row| row.contains('`') && row.contains(" | "));
    let kinds = rows.map(|row| {
        let cells: Vec<&str> = row.split(" | ").collect();
        let cell = |at: usize| pattern(cells[at].trim().trim_matches('`'));
        Kind {
            what: cells[0].to_owned(),
            pk: cell(1),
            sk: cell(2),
        }
    });
    kinds.collect()
}

fn items(stored: &Value) -> Vec<Value> {
    let tables = stored["tables"].as_object().unwrap().values();
    tables
        .flat_map(|items| items.as_array().unwrap().clone())
        .collect()
}

#[test]
fn every_kind_of_record_is_among_the_stored_bytes_and_every_item_is_of_a_kind() {
    let (kinds, items) = (kinds(), items(&stored()));
    assert!(kinds.len() > 30, "{} kinds", kinds.len());
    for kind in &kinds {
        assert!(
            items.iter().any(|item| kind.is_of(item)),
            "no item: {}",
            kind.what
        );
    }
    for item in &items {
        let has_kind = kinds.iter().any(|kind| kind.is_of(item));
        assert!(
            has_kind,
            "the table of keys lacks {} / {}",
            item["pk"], item["sk"]
        );
    }
}

/// In the state item, in either slot, of one that waits and of one with branches; requests within the state and apart.
#[test]
fn every_form_of_checkpoints_and_requests_is_among_the_stored_bytes() {
    let items = items(&stored());
    let ends = |end: &str| {
        items
            .iter()
            .any(|item| item["sk"]["S"].as_str().unwrap().ends_with(end))
    };
    assert!(ends("#C0") && ends("#C1"), "both slots");
    let states = || {
        items.iter().filter(|item| {
            item["pk"]["S"].as_str().unwrap().starts_with("EXE#") && item["sk"]["S"] == "S"
        })
    };
    for name in ["checkpoint", "slot", "request", "resume_at", "ended"] {
        assert!(states().any(|state| state.get(name).is_some()), "{name}");
    }
    assert!(
        states().any(|state| state.get("request").is_none()),
        "a request apart"
    );
}

/// The compiler asks for a name here when there is a new kind of message.
fn name(message: Message) -> &'static str {
    match message {
        Message::Run { .. } => "run",
        Message::Wake { .. } => "wake",
        Message::Announce { .. } => "announce",
        Message::FanOut { .. } => "fanOut",
        Message::Deliver { .. } => "deliver",
    }
}

#[test]
fn every_kind_of_message_is_read_as_it_was_sent_and_sent_as_it_was() {
    let stored = stored();
    let mut names = Vec::new();
    for body in stored["messages"].as_array().unwrap() {
        let body = body.as_str().unwrap();
        let message = Message::parse(body).unwrap().unwrap();
        names.push(name(message));
        assert_eq!(message.body(), body);
    }
    names.sort_unstable();
    assert_eq!(names, ["announce", "deliver", "fanOut", "run", "wake"]);
}

/// A world with a record of every kind. Returns the ids of a workflow, of a file, and of a trigger of the workflow.
pub(crate) async fn everything(world: &World) -> [String; 3] {
    let ids = live(world, &world.key).await;
    let [workflow, file, trigger] = [0, 1, 2].map(|at: usize| ids[at].clone());
    capture(world, &workflow, &trigger).await;
    executions(world).await;
    deleted(world).await;
    world.set_credits(1_000).await;
    world.clock.advance(6_000);
    let hook = world.hook(echoes_the_event(), json!({})).await;
    world.post(&hook, &[], &json!({})).await.expect(200);
    world.run().await;
    [workflow, file, trigger]
}

async fn capture(world: &World, workflow: &str, trigger: &str) {
    let path = format!("/v1/workflows/{workflow}/triggers/{trigger}");
    let capture = format!("{path}/capture");
    world.call("POST", &capture, None).await.expect(200);
    world.clock.advance(5_001);
    let shown = world.call("GET", &format!("{path}?reveal=url"), None).await;
    let url = shown.expect(200)["url"].as_str().unwrap().to_owned();
    let captured = world.send("POST", tests::target(&url), &[], "n=1").await;
    assert_eq!(captured.expect(200)["captured"], true);
}

/// Executions with an answer, a large request, pages of steps, rows, branches, and checkpoints in both slots.
async fn executions(world: &World) {
    let waiting = json!({"response": {"mode": "whenDone"}});
    let hook = world.hook(rows_and_steps(), waiting).await;
    let text: String = (0..4_000).map(|n| n.to_string()).collect();
    world
        .post_and_wait(&hook, &[], &json!({ "text": text }))
        .await;
    for definition in [branches(), waits_twice()] {
        let hook = world.hook(definition, json!({})).await;
        world.post(&hook, &[], &json!({})).await.expect(200);
    }
    world.run().await;
    world.clock.advance(60_000);
    world.stack.invoke("sweep", json!({})).await.unwrap();
    world.run().await;
}

fn workflow(tasks: Value) -> Value {
    let mut definition = waits(1);
    definition["do"] = tasks;
    definition
}

fn rows_and_steps() -> Value {
    workflow(json!([
        {"keep": {"call": "records.put", "with": {"table": "orders", "key": "a", "item": {"n": 1}}}},
        {"all": {"for": {"each": "n", "in": "${ [range(60)] }"}, "do": [
            {"one": {"set": {"text": "${ \"x\" * 100 }"}}},
        ]}},
    ]))
}

fn branches() -> Value {
    let branch = |seconds: u32| json!([{"rest": {"wait": {"seconds": seconds}}}]);
    workflow(json!([{"both": {"fork": {"branches": [
        {"one": {"do": branch(7_200)}},
        {"two": {"do": branch(9_000)}},
    ]}}}]))
}

fn waits_twice() -> Value {
    workflow(json!([
        {"first": {"wait": {"seconds": 30}}},
        {"second": {"wait": {"seconds": 7_200}}},
    ]))
}

async fn deleted(world: &World) {
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let path = format!("/v1/workflows/{}", hook.workflow);
    assert_eq!(world.call("DELETE", &path, None).await.status, 204);
    let wanted = json!({"events": ["workflow.failed"], "url": format!("{}/healthz", world.stack.base_url())});
    let subscription = world.subscribe(wanted).await;
    let path = format!("/v1/subscriptions/{}", subscription["id"].as_str().unwrap());
    assert_eq!(world.call("DELETE", &path, None).await.status, 204);
}
