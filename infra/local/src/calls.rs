//! Records which calls to AWS each function makes, so that tests/permissions.py can compare them with its role. It does so
//! only where an environment variable names a folder. Does not know the roles.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::Request;
use serde_json::{Map, Value, json};
use store::Transport;

use crate::{dynamodb, kms, protocol, s3};

/// The folder that gets a file of JSON lines from each process.
const FOLDER: &str = "SLUICE_RECORD_CALLS";

/// What this process has written; stacks of several tests write the same calls.
static WRITTEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// The transport of one function, by its package.
pub(crate) fn recorded(transport: &Transport, package: &str) -> Transport {
    let (Transport::InProcess(answering), Some(folder)) = (transport, std::env::var_os(FOLDER))
    else {
        return transport.clone();
    };
    let file = PathBuf::from(folder).join(format!("{}.jsonl", std::process::id()));
    let (answering, package) = (answering.clone(), package.to_owned());
    Transport::InProcess(Arc::new(move |request| {
        for call in calls(&request) {
            write(&file, &package, &call);
        }
        answering(request)
    }))
}

/// A call as IAM sees it.
#[derive(Debug, PartialEq, Eq)]
struct Call {
    /// Such as `dynamodb:GetItem`.
    action: String,
    /// Such as `table/sluice-RunsTable`, `queue/sluice-executions`, `objects/sluice-filesbucket`, or a key's ARN.
    resource: String,
    /// The partition keys that it touches, ids shortened.
    leading_keys: BTreeSet<String>,
    /// The encryption context, ids shortened.
    context: Map<String, Value>,
}

impl Call {
    fn new(action: String, resource: String, leading_keys: BTreeSet<String>) -> Self {
        Self {
            action,
            resource,
            leading_keys,
            context: Map::new(),
        }
    }
}

/// A line that cannot be written is missing among the calls, and so is seen by whoever reads them.
fn write(file: &PathBuf, package: &str, call: &Call) {
    let line = json!({
        "function": package,
        "action": call.action,
        "resource": call.resource,
        "leadingKeys": call.leading_keys,
        "context": call.context,
    })
    .to_string();
    let Ok(mut written) = WRITTEN.lock() else {
        return;
    };
    if !written.insert(line.clone()) {
        return;
    }
    let opened = OpenOptions::new().create(true).append(true).open(file);
    if let Err(error) = opened.and_then(|mut file| writeln!(file, "{line}")) {
        tracing::warn!(%error, "a call was not recorded");
    }
}

/// What IAM decides about for one request: a transaction is several calls.
fn calls(request: &Request<Bytes>) -> Vec<Call> {
    if let Some(operation) = s3::operation(request) {
        return of_object(operation, request);
    }
    let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
    match protocol::target(request.headers()).split_once('.') {
        Some((dynamodb::TARGET, operation)) => of_tables(operation, &body),
        Some((kms::TARGET, operation)) => vec![of_key(operation, &body)],
        Some((_, operation)) => vec![of_queue(operation, &body)],
        None => Vec::new(),
    }
}

/// A tag that is sent along with an object takes a permission of its own.
fn of_object(operation: &str, request: &Request<Bytes>) -> Vec<Call> {
    let bucket = request.uri().path().split('/').nth(1).unwrap_or_default();
    let tags = request.headers().contains_key("x-amz-tagging");
    let tags = tags.then_some("PutObjectTagging");
    let call = |operation| {
        let (action, resource) = (format!("s3:{operation}"), format!("objects/{bucket}"));
        Call::new(action, resource, BTreeSet::new())
    };
    [operation].into_iter().chain(tags).map(call).collect()
}

fn of_queue(operation: &str, body: &Value) -> Call {
    let url = body["QueueUrl"].as_str().unwrap_or_default();
    let name = url.rsplit('/').next().unwrap_or_default();
    let action = operation.strip_suffix("Batch").unwrap_or(operation);
    Call::new(
        format!("sqs:{action}"),
        format!("queue/{name}"),
        BTreeSet::new(),
    )
}

fn of_key(operation: &str, body: &Value) -> Call {
    let key = body["KeyId"].as_str().unwrap_or_default();
    let context = body["EncryptionContext"].as_object();
    let context = context.into_iter().flatten();
    Call {
        context: context
            .map(|(name, value)| (name.clone(), shortened(value.as_str(), '_').into()))
            .collect(),
        ..Call::new(format!("kms:{operation}"), key.to_owned(), BTreeSet::new())
    }
}

fn of_tables(operation: &str, body: &Value) -> Vec<Call> {
    let table = |request: &Value| request["TableName"].as_str().unwrap_or_default().to_owned();
    match operation {
        "TransactWriteItems" | "TransactGetItems" => {
            let parts = body["TransactItems"].as_array().into_iter().flatten();
            let parts = parts.filter_map(|part| part.as_object()?.iter().next());
            parts
                .map(|(kind, request)| {
                    let action = format!("dynamodb:{}Item", kind.trim_end_matches("Item"));
                    let resource = format!("table/{}", table(request));
                    Call::new(action, resource, leading_keys(request))
                })
                .collect()
        }
        "BatchWriteItem" | "BatchGetItem" => {
            let tables = body["RequestItems"].as_object().into_iter().flatten();
            tables
                .map(|(name, requests)| {
                    let keys = batch(requests)
                        .into_iter()
                        .flat_map(|part| leading_keys(&part));
                    let action = format!("dynamodb:{operation}");
                    Call::new(action, format!("table/{name}"), keys.collect())
                })
                .collect()
        }
        _ => {
            let index = body["IndexName"].as_str();
            let index = index.map(|name| format!("/index/{name}"));
            let resource = format!("table/{}{}", table(body), index.unwrap_or_default());
            let action = format!("dynamodb:{operation}");
            vec![Call::new(action, resource, leading_keys(body))]
        }
    }
}

/// The parts of a batch, each with a key or an item.
fn batch(requests: &Value) -> Vec<Value> {
    let keys = requests["Keys"].as_array().into_iter().flatten();
    let keys = keys.map(|key| json!({ "Key": key }));
    let writes = requests.as_array().into_iter().flatten();
    let writes = writes.filter_map(|write| write.as_object()?.values().next().cloned());
    keys.chain(writes).collect()
}

/// The partition key of an item or key; of a query, the value that its key condition asks for.
fn leading_keys(request: &Value) -> BTreeSet<String> {
    let item = ["Key", "Item"].map(|name| request[name]["pk"]["S"].as_str());
    let condition = request["KeyConditionExpression"].as_str();
    let asked = condition.and_then(|condition| {
        let (_, value) = condition.split_once('=')?;
        let name = value.split_whitespace().next()?;
        request["ExpressionAttributeValues"][name]["S"].as_str()
    });
    let found = item.into_iter().chain([asked]).flatten();
    found.map(|key| shortened(Some(key), '#')).collect()
}

/// The kind of an id and no more: `EXE#x` for `EXE#exe_01…`, `org_x` for `org_01…`.
fn shortened(text: Option<&str>, separator: char) -> String {
    let text = text.unwrap_or_default();
    match text.split_once(separator) {
        Some((kind, _)) => format!("{kind}{separator}x"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(target: &str, body: &Value) -> Request<Bytes> {
        Request::builder()
            .header("x-amz-target", target)
            .body(Bytes::from(body.to_string()))
            .unwrap()
    }

    fn of(action: &str, resource: &str, key: Option<&str>) -> Call {
        let keys = key.into_iter().map(str::to_owned).collect();
        Call::new(action.to_owned(), resource.to_owned(), keys)
    }

    #[test]
    fn items_and_queries_have_their_partition_key() {
        let body = json!({"TableName": "t", "Key": {"pk": {"S": "EXE#exe_1"}, "sk": {"S": "S"}}});
        assert_eq!(
            calls(&request("DynamoDB_20120810.GetItem", &body)),
            [of("dynamodb:GetItem", "table/t", Some("EXE#x"))]
        );
        let body = json!({
            "TableName": "t",
            "IndexName": "due",
            "KeyConditionExpression": "due_shard = :shard AND due_at <= :now",
            "ExpressionAttributeValues": {":shard": {"S": "f"}, ":now": {"N": "1"}},
        });
        assert_eq!(
            calls(&request("DynamoDB_20120810.Query", &body)),
            [of("dynamodb:Query", "table/t/index/due", Some("f"))]
        );
    }

    #[test]
    fn a_transaction_is_a_call_for_each_of_its_parts() {
        let body = json!({"TransactItems": [
            {"Put": {"TableName": "t", "Item": {"pk": {"S": "EXE#1"}}}},
            {"ConditionCheck": {"TableName": "u", "Key": {"pk": {"S": "ORG#1"}}}},
        ]});
        assert_eq!(
            calls(&request("DynamoDB_20120810.TransactWriteItems", &body)),
            [
                of("dynamodb:PutItem", "table/t", Some("EXE#x")),
                of("dynamodb:ConditionCheckItem", "table/u", Some("ORG#x")),
            ]
        );
    }

    #[test]
    fn a_batch_is_one_call_for_each_table() {
        let body = json!({"RequestItems": {"t": [
            {"DeleteRequest": {"Key": {"pk": {"S": "EXE#1"}}}},
            {"PutRequest": {"Item": {"pk": {"S": "EXE#2"}}}},
        ]}});
        assert_eq!(
            calls(&request("DynamoDB_20120810.BatchWriteItem", &body)),
            [of("dynamodb:BatchWriteItem", "table/t", Some("EXE#x"))]
        );
    }

    #[test]
    fn an_object_that_is_stored_with_a_tag_is_two_calls() {
        let calls_of = |method: &str, query: &str, tags: Option<&str>| {
            let url = format!("http://s3.test/bucket/org_1/live/of_1{query}");
            let mut request = Request::builder().method(method).uri(url);
            if let Some(tags) = tags {
                request = request.header("x-amz-tagging", tags);
            }
            let signature = "AWS4-HMAC-SHA256 Credential=k/20200101/r/s3/aws4_request";
            let request = request.header("authorization", signature);
            calls(&request.body(Bytes::new()).unwrap())
        };
        let of = |action: &str| of(action, "objects/bucket", None);
        let (put, tag) = (of("s3:PutObject"), of("s3:PutObjectTagging"));
        assert_eq!(calls_of("PUT", "", Some("kept=unused")), [put, tag]);
        let tag = of("s3:PutObjectTagging");
        assert_eq!(calls_of("PUT", "?tagging", None), [tag]);
        assert_eq!(calls_of("GET", "", None), [of("s3:GetObject")]);
        assert_eq!(calls_of("DELETE", "", None), [of("s3:DeleteObject")]);
    }

    #[test]
    fn queues_and_keys_are_named_with_the_encryption_context() {
        let body = json!({"QueueUrl": "http://sqs/000000000000/sluice-executions"});
        assert_eq!(
            calls(&request("AmazonSQS.SendMessageBatch", &body)),
            [of("sqs:SendMessage", "queue/sluice-executions", None)]
        );
        let body = json!({"KeyId": "arn", "EncryptionContext": {"org": "org_1", "name": "token"}});
        let call = calls(&request("TrentService.Decrypt", &body)).remove(0);
        assert_eq!(
            (call.action.as_str(), call.resource.as_str()),
            ("kms:Decrypt", "arn")
        );
        assert_eq!(
            json!(call.context),
            json!({"org": "org_x", "name": "token"})
        );
    }
}
