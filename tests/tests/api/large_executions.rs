//! Executions whose steps do not fit into one answer of Lambda.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use serde_json::{Value, json};
use tests::World;
use tests::events::management;
use tests::fault_proxy::{Fault, FaultProxy};

/// What Lambda answers at most, in bytes.
const MAX_ANSWER_BYTES: usize = 6_291_556;

/// Copies the event 60 times: each step has it as its input and as its output.
fn copies_the_event() -> Value {
    json!({
        "document": {"dsl": "1.0.0", "namespace": "tests", "name": "test", "version": "1.0.0"},
        "do": [{"copies": {
            "for": {"each": "n", "in": "${ [range(60)] }"},
            "do": [{"copy": {"set": {"text": "${ .text }"}}}],
        }}],
    })
}

fn steps(answer: &Value, field: &str) -> Vec<Value> {
    // The body is a string in Lambda's answer.
    let answered = Value::from(answer.to_string()).to_string();
    assert!(answered.len() < MAX_ANSWER_BYTES, "{}", answered.len());
    answer[field].as_array().unwrap().clone()
}

#[tokio::test]
async fn steps_that_do_not_fit_into_an_answer_are_read_page_by_page() {
    let world = World::new().await;
    let hook = world.hook(copies_the_event(), json!({})).await;
    let event = json!({"text": "\"".repeat(40_000)});
    let accepted = world.post(&hook, &[], &event).await.expect(200);
    let id = accepted["executionId"].as_str().unwrap();
    world.run().await;

    let shown = world.execution(id).await;
    assert_eq!(shown["status"], "succeeded");
    let first = steps(&shown, "steps");
    let next = shown["nextStepsCursor"].as_str().unwrap();
    assert!(first.len() > 2, "{}", first.len());

    let path = format!("/v1/executions/{id}/steps");
    let mut rest = Vec::new();
    let mut query = format!("limit=1000&cursor={next}");
    loop {
        let page = world.call("GET", &format!("{path}?{query}"), None).await;
        let page = page.expect(200);
        rest.extend(steps(&page, "items"));
        match page["nextCursor"].as_str() {
            Some(next) => query = format!("limit=1000&cursor={next}"),
            None => break,
        }
    }
    let all: Vec<&Value> = first.iter().chain(&rest).collect();
    let copies = all.iter().filter(|step| step["name"] == "copy");
    assert_eq!(copies.count(), 60);

    let two = world.call("GET", &format!("{path}?limit=2"), None).await;
    assert_eq!(steps(&two.expect(200), "items"), first[..2]);
}

#[tokio::test]
async fn the_steps_of_another_orgs_execution_are_not_found() {
    let world = World::new().await;
    let hook = world.hook(tests::echoes_the_event(), json!({})).await;
    let accepted = world.post(&hook, &[], &json!({})).await.expect(200);
    let id = accepted["executionId"].as_str().unwrap();
    let path = format!("/v1/executions/{id}/steps");
    let other = world.key_of("two").await;
    let hidden = world.call_as(&other, "GET", &path, None).await;
    hidden.expect_problem(404, "NOT_FOUND");
    let wrong = world.call("GET", &format!("{path}?limit=0"), None).await;
    wrong.expect_problem(400, "INVALID_PARAMETER");
}

/// Letters that hardly compress.
fn noise(bytes: usize) -> String {
    let mut state = 88_172_645_463_325_252_u64;
    let letters = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b'#' + u8::try_from(state % 56).unwrap())
    });
    letters.take(bytes).collect()
}

/// Sixty steps of 180 KB are ten megabytes, and more than ten queries.
#[tokio::test]
async fn a_page_of_steps_reads_no_more_than_it_shows() {
    let world = World::new().await;
    let hook = world.hook(copies_the_event(), json!({})).await;
    let event = json!({"text": noise(90_000)});
    let accepted = world.post(&hook, &[], &event).await.expect(200);
    let id = accepted["executionId"].as_str().unwrap();
    world.run().await;
    let proxy = FaultProxy::new(&world, |_, _| Fault::Meter).await;
    let app = history::App::new(proxy.environment(&world, "history"));
    let read_units = async |path: &str| {
        let response = tests::contract::history(&app, management("GET", path, &world.key)).await;
        assert_eq!(response.status(), 200);
        proxy
            .bills()
            .iter()
            .map(|bill| bill.read_units)
            .sum::<f64>()
    };
    let path = format!("/v1/executions/{id}");
    let one_page = read_units(&format!("{path}/steps?limit=2")).await;
    let detail = read_units(&path).await;
    assert!(one_page < 300.0, "{one_page}");
    assert!((300.0..1_600.0).contains(&detail), "{detail}");
}
