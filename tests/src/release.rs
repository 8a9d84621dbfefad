//! Functions of the releases around a new version of the records, made of those of this one: what they send to DynamoDB and
//! get from it is changed on the way. So a test can deploy some functions and not the others. It knows how a record says its
//! version, and no kind of record.

use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use serde_json::{Map, Value, json};
use store::{AwsContext, Transport};

use crate::{FunctionSettings, World};

/// The version of the records of this release, and the next one.
const THIS: &str = "1";
const NEXT: &str = "2";
/// The condition of a write that leaves records of another version alone, and that of a release which reads both.
const OF_THIS: &str = "v = :version";
const OF_BOTH: &str = "(v = :version OR v = :next_version)";

/// A release, by what it does with versions of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// This one.
    Current,
    /// The first phase: it reads this version and the next, and writes this one.
    ReadsNext,
    /// The second phase: it reads both, and writes the next.
    WritesNext,
}

impl Release {
    /// What a function of this release has from AWS.
    pub fn environment(self, world: &World, package: &str) -> AwsContext {
        let mut settings: FunctionSettings = world.settings(package);
        if self != Self::Current {
            settings.transport = self.transport(world);
        }
        settings.environment()
    }

    fn transport(self, world: &World) -> Transport {
        let backends = world.stack.backends().clone();
        Transport::InProcess(Arc::new(move |request: Request<Bytes>| {
            let backends = backends.clone();
            Box::pin(async move {
                let is_of_tables = target(&request).starts_with("DynamoDB");
                let request = if is_of_tables {
                    self.sent(request)
                } else {
                    request
                };
                let mut answer = backends.answer(request).await;
                if is_of_tables {
                    *answer.body_mut() = changed(answer.body(), &|value| rename(value, NEXT, THIS));
                    answer.headers_mut().remove("content-length");
                }
                Ok(answer)
            })
        }))
    }

    fn sent(self, mut request: Request<Bytes>) -> Request<Bytes> {
        *request.body_mut() = changed(request.body(), &|value| {
            if self == Self::WritesNext {
                rename(value, THIS, NEXT);
            }
            accept_both(value);
        });
        request.headers_mut().remove("content-length");
        request
    }
}

fn target(request: &Request<Bytes>) -> &str {
    let target = request.headers().get("x-amz-target");
    target.and_then(|value| value.to_str().ok()).unwrap_or("?")
}

fn changed(body: &Bytes, change: &dyn Fn(&mut Map<String, Value>)) -> Bytes {
    let Ok(mut json) = serde_json::from_slice::<Value>(body) else {
        return body.clone();
    };
    each_object(&mut json, change);
    Bytes::from(json.to_string())
}

fn each_object(json: &mut Value, change: &dyn Fn(&mut Map<String, Value>)) {
    match json {
        Value::Object(members) => {
            change(members);
            for member in members.values_mut() {
                each_object(member, change);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each_object(item, change)),
        _ => {}
    }
}

/// The version of a record, in an item or as the value of an update.
fn rename(members: &mut Map<String, Value>, from: &str, to: &str) {
    for name in ["v", ":v", ":new_v"] {
        if let Some(version) = members.get_mut(name)
            && *version == json!({ "N": from })
        {
            *version = json!({ "N": to });
        }
    }
}

fn accept_both(members: &mut Map<String, Value>) {
    let Some(Value::String(condition)) = members.get_mut("ConditionExpression") else {
        return;
    };
    if condition.contains(OF_THIS) {
        *condition = condition.replace(OF_THIS, OF_BOTH);
        members["ExpressionAttributeValues"][":next_version"] = json!({ "N": NEXT });
    }
}
