//! The answers are those of the embedded database's own HTTP server, byte for byte.

use serde_json::{Value, json};

use super::*;
use crate::server::{Stop, any_port};
use crate::template::Table;

fn database() -> Database {
    let table = Table {
        name: "items".to_owned(),
        definition: json!({
            "TableName": "items",
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        }),
        ttl_attribute: None,
    };
    super::super::open(None, &[table]).unwrap()
}

fn put(pk: &Value, more: Value) -> (&'static str, Value) {
    let mut request = json!({"TableName": "items", "Item": {"pk": pk, "n": {"N": "1"}}});
    for (name, value) in more.as_object().unwrap() {
        request[name] = value.clone();
    }
    ("PutItem", request)
}

/// Requests in their order, with what DynamoDB answers to each: results, refusals, and errors of every kind.
fn requests() -> Vec<(&'static str, Value)> {
    let key = json!({"S": "a"});
    let absent = json!({"ConditionExpression": "attribute_not_exists(pk)"});
    let mut absent_or_old = absent.clone();
    absent_or_old["ReturnValuesOnConditionCheckFailure"] = json!("ALL_OLD");
    let counted = json!({"TableName": "items", "Key": {"pk": key}, "UpdateExpression": "ADD n :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}}, "ReturnValues": "ALL_NEW"});
    let get = json!({"TableName": "items", "Key": {"pk": key}, "ConsistentRead": true});
    let (_, refused) = put(&key, absent.clone());
    let (_, written) = put(&json!({"S": "b"}), json!({}));
    let query = json!({"TableName": "items", "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": key}});
    vec![
        put(&key, absent.clone()),
        put(&key, absent),
        put(&key, absent_or_old),
        put(&json!({"S": ""}), json!({})),
        put(&json!({"N": "1"}), json!({})),
        put(&json!({}), json!({})),
        put(&json!({"N": "many"}), json!({})),
        put(&key, json!({"ReturnValues": "SOME"})),
        put(&key, json!({"TableName": "others"})),
        put(&key, json!({"ReturnConsumedCapacity": "INDEXES"})),
        ("GetItem", get.clone()),
        ("GetItem", json!({"TableName": "items"})),
        ("UpdateItem", counted.clone()),
        (
            "UpdateItem",
            json!({"TableName": "items", "Key": {"pk": key}, "UpdateExpression": "SET"}),
        ),
        ("Query", query),
        (
            "Query",
            json!({"TableName": "items", "IndexName": "none", "KeyConditionExpression": "pk = :pk"}),
        ),
        ("Scan", json!({"TableName": "items"})),
        (
            "TransactWriteItems",
            json!({"TransactItems": [{"Put": written}, {"Put": refused}]}),
        ),
        (
            "TransactWriteItems",
            json!({"TransactItems": [{"Put": written}]}),
        ),
        (
            "TransactGetItems",
            json!({"TransactItems": [{"Get": {"TableName": "items", "Key": {"pk": key}}}]}),
        ),
        (
            "BatchGetItem",
            json!({"RequestItems": {"items": {"Keys": [{"pk": key}]}}}),
        ),
        (
            "BatchWriteItem",
            json!({"RequestItems": {"items": [{"PutRequest": {"Item": {"pk": {"S": "c"}}}}]}}),
        ),
        (
            "DeleteItem",
            json!({"TableName": "items", "Key": {"pk": key}, "ReturnValues": "ALL_OLD"}),
        ),
        ("DeleteItem", json!({"TableName": "items", "Key": {}})),
        ("MakeCoffee", json!({})),
    ]
}

#[tokio::test]
async fn every_answer_is_that_of_the_server() {
    let listener = any_port().await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(super::super::serve(listener, database(), Stop::new()));
    let client = reqwest::Client::new();
    let ours = CombiningLock::new(database());
    for (operation, request) in requests() {
        let served = client
            .post(&url)
            .header("x-amz-target", format!("{}.{operation}", super::super::TARGET))
            .header("content-type", CONTENT_TYPE)
            .header("authorization", "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0")
            .header("x-amz-date", "20260101T000000Z")
            .body(request.to_string())
            .send()
            .await
            .unwrap();
        let (status, kind) = (served.status(), served.headers()["content-type"].clone());
        let body: Value = serde_json::from_slice(&served.bytes().await.unwrap()).unwrap();
        let answer = answer(&ours, operation, request.to_string().as_bytes()).await;
        assert_eq!(answer.status(), status, "{operation} {request}: {body}");
        assert_eq!(answer.headers()["content-type"], kind);
        let answered: Value = serde_json::from_slice(answer.body()).unwrap();
        assert_eq!(answered, body, "{operation} {request}");
    }
}
