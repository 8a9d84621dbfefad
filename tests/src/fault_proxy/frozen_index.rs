//! The due index as it was when it was frozen. It does not know why it lags.

use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};

use super::calls::json_response;

/// The answer to a query of the due index, from these entries; `None` for every other call.
pub(super) fn answer(entries: &[Value], operation: &str, body: &Bytes) -> Option<Response<Bytes>> {
    if operation != "Query" {
        return None;
    }
    let query: Value = serde_json::from_slice(body).ok()?;
    if query["IndexName"] != "due" {
        return None;
    }
    let values = &query["ExpressionAttributeValues"];
    let moment = |value: &Value| value["N"].as_str()?.parse::<i64>().ok();
    let by = moment(&values[":by"])?;
    let is_asked_for = |entry: &&Value| {
        entry["due_shard"] == values[":shard"]
            && moment(&entry["due_at"]).is_some_and(|due_at| due_at <= by)
    };
    let items: Vec<&Value> = entries.iter().filter(is_asked_for).collect();
    let answer = json!({"Count": items.len(), "ScannedCount": items.len(), "Items": items});
    Some(json_response(200, answer.to_string()))
}
