//! Samples of triggers, and the parameters that they show, through the gateway.

use serde_json::{Value, json};
use tests::{Hook, World, echoes_the_event};

async fn hook(world: &World, parameters: Value) -> Hook {
    let settings = json!({"parameters": parameters, "methods": ["GET", "POST"]});
    world.hook(echoes_the_event(), settings).await
}

fn path_of(hook: &Hook) -> String {
    format!("/v1/workflows/{}/triggers/{}", hook.workflow, hook.trigger)
}

#[tokio::test]
async fn a_json_example_gives_parameters_that_keep_what_the_owner_said() {
    let world = World::new().await;
    let old = json!([{"name": "id", "type": "string", "required": true, "description": "what"}]);
    let hook = hook(&world, old).await;
    let path = format!("{}/sample", path_of(&hook));
    let absent = world.call("GET", &path, None).await;
    absent.expect_problem(404, "NOT_FOUND");
    let example = json!({"json": {"id": 7, "order": {"paid": true}}});
    let made = world.call("POST", &path, Some(example)).await.expect(200);
    let parameter = |name: &str, kind: &str, required: bool, description: Value| json!({"name": name, "in": "body", "type": kind, "required": required, "description": description});
    let expected = json!([
        parameter("id", "number", true, json!("what")),
        parameter("order", "object", false, Value::Null),
        parameter("order.paid", "boolean", false, Value::Null),
    ]);
    assert_eq!(
        (&made["parameters"], &made["omittedParameters"]),
        (&expected, &json!(0))
    );
    let shown = world.call("GET", &path_of(&hook), None).await.expect(200);
    assert_eq!(shown["parameters"], expected);
    assert_eq!(shown["sampledAt"], "2026-06-16T12:17:30.231Z");
    let sample = world.call("GET", &path, None).await.expect(200);
    assert_eq!(
        (&sample["origin"], &sample["event"]["order"]),
        (&json!("json"), &json!({"paid": true}))
    );
    world.call("DELETE", &path, None).await.expect(204);
    let gone = world.call("GET", &path, None).await;
    gone.expect_problem(404, "NOT_FOUND");
    let kept = world.call("GET", &path_of(&hook), None).await.expect(200);
    assert_eq!(
        (&kept["parameters"], &kept["sampledAt"]),
        (&expected, &Value::Null)
    );
}

#[tokio::test]
async fn key_value_pairs_give_parameters_and_the_event_of_a_sample() {
    let world = World::new().await;
    let hook = hook(&world, json!(null)).await;
    let path = format!("{}/sample", path_of(&hook));
    let pairs = json!({"pairs": [
        {"name": "order.id", "value": 42, "required": true},
        {"name": "note", "type": "string", "description": "free text"},
        {"name": "page", "value": 2, "in": "query"},
        {"name": "X-Shop", "value": "north", "in": "header"},
    ]});
    let made = world.call("POST", &path, Some(pairs)).await.expect(200);
    let kinds: Vec<&Value> = made["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|parameter| &parameter["type"])
        .collect();
    assert_eq!(kinds, ["number", "string", "number", "string"]);
    let sample = world.call("GET", &path, None).await.expect(200);
    let mut event = sample["event"].clone();
    let fields = event.as_object_mut().unwrap();
    fields.retain(|name, _| name != "triggeredAt" && name != "source");
    assert_eq!(
        event,
        json!({"order": {"id": 42}, "note": "", "page": 2, "X-Shop": "north"})
    );
    world.clock.advance(6_000);
    let refused = world.post(&hook, &[], &json!({"order": {}})).await;
    refused.expect_problem(400, "MISSING_PARAMETER");
}

#[tokio::test]
async fn what_is_no_parameter_or_no_sample_is_refused_with_its_pointer() {
    let world = World::new().await;
    let hook = hook(&world, json!([])).await;
    let trigger = path_of(&hook);
    let sample = format!("{trigger}/sample");
    let many: Vec<Value> = (0..101).map(|n| json!({"name": format!("p{n}")})).collect();
    let typed: Vec<Value> = (0..101)
        .map(|n| json!({"name": format!("p{n}"), "value": n}))
        .collect();
    for (method, path, body, pointer) in [
        (
            "PATCH",
            &trigger,
            json!({"parameters": [{"name": ""}]}),
            "/parameters/0/name",
        ),
        (
            "PATCH",
            &trigger,
            json!({"parameters": [{"name": "a", "type": "date"}]}),
            "/parameters/0/type",
        ),
        (
            "PATCH",
            &trigger,
            json!({"parameters": [{"name": "a", "in": "cookie"}]}),
            "/parameters/0/in",
        ),
        (
            "PATCH",
            &trigger,
            json!({"parameters": [{"name": "token", "in": "query"}]}),
            "/parameters/0/name",
        ),
        (
            "PATCH",
            &trigger,
            json!({"parameters": [{"name": "x", "in": "header", "required": true}]}),
            "/parameters/0/required",
        ),
        (
            "PATCH",
            &trigger,
            json!({"parameters": [{"name": "a"}, {"name": "a.b"}]}),
            "/parameters/1/name",
        ),
        (
            "PATCH",
            &trigger,
            json!({"parameters": many}),
            "/parameters",
        ),
        ("POST", &sample, json!({}), "/json"),
        ("POST", &sample, json!({"json": {}, "pairs": []}), "/json"),
        ("POST", &sample, json!({"pairs": []}), "/pairs"),
        ("POST", &sample, json!({"pairs": typed}), "/pairs"),
        (
            "POST",
            &sample,
            json!({"pairs": [{"name": "a"}]}),
            "/pairs/0/value",
        ),
        (
            "POST",
            &sample,
            json!({"pairs": [{"name": "a", "value": "1", "type": "number"}]}),
            "/pairs/0/value",
        ),
    ] {
        let refused = world.call(method, path, Some(body.clone())).await;
        let problem = refused.expect_problem(400, "INVALID_FIELD");
        assert_eq!(problem["pointer"], pointer, "{body}");
    }
    let example = |characters: usize| json!({"json": "x".repeat(characters)});
    // Two quotes, and the content type with its name.
    let room = 102_400 - 2 - "content-type".len() - "application/json".len();
    world
        .call("POST", &sample, Some(example(room)))
        .await
        .expect(200);
    let large = world.call("POST", &sample, Some(example(room + 1))).await;
    large.expect_problem(413, "BODY_TOO_LARGE");
}

#[tokio::test]
async fn a_deleted_trigger_leaves_no_sample() {
    let world = World::new().await;
    for of_workflow in [false, true] {
        let hook = hook(&world, json!([])).await;
        let sample = format!("{}/sample", path_of(&hook));
        let example = json!({"json": {"a": 1}});
        world.call("POST", &sample, Some(example)).await.expect(200);
        let deleted = match of_workflow {
            true => format!("/v1/workflows/{}", hook.workflow),
            false => path_of(&hook),
        };
        world.call("DELETE", &deleted, None).await.expect(204);
    }
    let variables = world.stack.variables("register");
    let body = json!({"TableName": variables["CONFIG_TABLE"]}).to_string();
    let scanned = tests::fault_proxy::ask(&world, "DynamoDB_20120810.Scan", body).await;
    let items = scanned["Items"].as_array().unwrap();
    assert!(items.iter().all(|item| item["sk"]["S"] != "SAMPLE"));
    assert!(items.iter().any(|item| item["sk"]["S"] == "META"));
}
