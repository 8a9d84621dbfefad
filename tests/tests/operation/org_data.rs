//! What `cargo admin export-org` and `erase-org` do: everything of one org, and nothing of another's.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use store::{OrgData, StoreError};
use tests::{World, echoes_the_event, tenant};

/// One of everything that an org can have: keys, workflows with triggers of each profile, samples, captures, refusals, secrets,
/// subscriptions, event types, files, executions, events and deliveries. Returns the ids.
pub(crate) async fn live(world: &World, key: &str) -> Vec<String> {
    let call = async |method: &str, path: &str, body: Value| {
        world.call_as(key, method, path, Some(body)).await
    };
    let body = json!({"name": "One", "active": true, "definition": echoes_the_event()});
    let workflow = call("POST", "/v1/workflows", body).await.expect(201);
    let workflow = workflow["id"].as_str().unwrap().to_owned();
    let triggers = format!("/v1/workflows/{workflow}/triggers");
    let sent = [("a.txt", "text/plain", b"hello".as_slice())];
    let uploaded = world.upload_as(key, &sent).await.expect(200);
    let file = uploaded["data"]["files"][0]["fileKey"].as_str().unwrap();
    let mut ids = vec![workflow, file.to_owned()];
    for settings in [json!({}), json!({"profile": "refly"})] {
        let trigger = call("POST", &triggers, settings).await.expect(201);
        let id = trigger["id"].as_str().unwrap().to_owned();
        let sample = format!("{triggers}/{id}/sample");
        let made = json!({"json": {"n": 1}});
        call("POST", &sample, made).await.expect(200);
        let path = tests::target(trigger["url"].as_str().unwrap()).to_owned();
        for n in 1..3 {
            let body = json!({"variables": {"n": n, "report": file}});
            call("POST", &path, body).await.expect(200);
        }
        let refused = world.send("POST", &path, &[("content-type", "application/json")], "{");
        refused.await.expect(400);
        let capture = format!("{triggers}/{id}/capture");
        call("POST", &capture, json!({})).await;
        ids.push(id);
    }
    let secret = json!({"value": "x"});
    call("PUT", "/v1/secrets/token", secret).await.expect(201);
    call("PUT", "/v1/event-types/order.paid", json!({})).await;
    let url = format!("{}/healthz", world.stack.base_url());
    let wanted = json!({"events": ["workflow.completed"], "url": url});
    let subscription = call("POST", "/v1/subscriptions", wanted).await.expect(201);
    ids.push(subscription["id"].as_str().unwrap().to_owned());
    world.run().await;
    ids
}

/// Every item of every table, as text.
async fn items(world: &World) -> Vec<String> {
    let mut items = Vec::new();
    for table in &world.stack.template().tables {
        let request = Request::builder()
            .header("x-amz-target", "DynamoDB_20120810.Scan")
            .body(Bytes::from(json!({"TableName": table.name}).to_string()));
        let answer = world.stack.backends().answer(request.unwrap()).await;
        let page: Value = serde_json::from_slice(answer.body()).unwrap();
        assert!(page["LastEvaluatedKey"].is_null(), "one page");
        items.extend(
            page["Items"]
                .as_array()
                .unwrap()
                .iter()
                .map(Value::to_string),
        );
    }
    items
}

fn data(world: &World) -> OrgData {
    world.stack.environment("register").unwrap().org_data()
}

fn is_of(item: &str, org: &str, ids: &[String]) -> bool {
    item.contains(org) || ids.iter().any(|id| item.contains(id.as_str()))
}

#[tokio::test]
async fn an_erased_org_leaves_no_item_and_another_org_loses_none() {
    let world = World::new().await;
    let stranger = world.key_of("two").await;
    let ids = live(&world, &world.key).await;
    let others = live(&world, &stranger).await;
    let (org, other) = (tenant("one").org, tenant("two").org);
    let names = (org.to_string(), other.to_string());
    let before = items(&world).await;
    let of_other = |items: &[String]| {
        let theirs = items.iter().filter(|item| is_of(item, &names.1, &others));
        theirs
            .map(|item| serde_json::from_str(item).unwrap())
            .map(|item: Value| format!("{}/{}", item["pk"]["S"], item["sk"]["S"]))
            .collect::<std::collections::BTreeSet<_>>()
    };
    let own = before
        .iter()
        .filter(|item| is_of(item, &names.0, &ids))
        .count();
    assert!(own > 20 && of_other(&before).len() > 20, "{before:#?}");

    let mut exported = Vec::new();
    let count = data(&world)
        .export(org, |_, item| {
            exported.push(item.to_string());
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
    assert_eq!(count, exported.len() as u64);
    assert!(exported.len() >= own, "{} of {own}", exported.len());
    assert!(!exported.iter().any(|item| is_of(item, &names.1, &others)));

    let erased = data(&world).erase(org).await.unwrap();
    assert_eq!((erased.items, erased.is_complete), (count, true));
    let after = items(&world).await;
    let left: Vec<_> = after
        .iter()
        .filter(|item| is_of(item, &names.0, &ids))
        .collect();
    assert!(left.is_empty(), "{left:#?}");
    assert_eq!(of_other(&after), of_other(&before));
    // What is left belongs to the other org, or to no org at all.
    assert_eq!(before.len() - after.len(), exported.len());
    assert_eq!(data(&world).erase(org).await.unwrap().items, 0);
}

#[tokio::test]
async fn a_deleted_execution_takes_the_request_with_it_that_did_not_fit_in_its_state() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let text: String = (0..4_000).map(|n| n.to_string()).collect();
    let accepted = world.post(&hook, &[], &json!({ "text": text })).await;
    let id = accepted.expect(200)["executionId"].clone();
    let id = id.as_str().unwrap();
    world.run().await;
    let of_it = async || {
        let items = items(&world).await;
        let partition = format!("EXE#{id}");
        items
            .iter()
            .filter(|item| item.contains(&partition))
            .count()
    };
    assert!(of_it().await > 1, "the request is an item of its own");
    let path = format!("/v1/executions/{id}");
    let deleted = world.call("DELETE", &path, None).await;
    assert_eq!(deleted.status, 204);
    assert_eq!(of_it().await, 0);
}
