//! What can be asked about queues: `GetQueueUrl`, `ListQueues`, `GetQueueAttributes`. Does not touch messages.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::fault::{Fault, FaultKind};
use super::{SIZE_LIMIT_BYTES, Sqs};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetQueueUrl {
    queue_name: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct QueueUrl {
    queue_url: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListQueues {
    queue_name_prefix: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct QueueUrls {
    queue_urls: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetQueueAttributes {
    queue_url: String,
    #[serde(default)]
    attribute_names: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct QueueAttributes {
    attributes: BTreeMap<&'static str, String>,
}

impl Sqs {
    pub(super) fn queue_url(&self, request: &GetQueueUrl) -> Result<QueueUrl, Fault> {
        let queue = self.queue(&request.queue_name)?;
        Ok(QueueUrl {
            queue_url: self.url_of(&queue.name),
        })
    }

    pub(super) fn list(&self, request: &ListQueues) -> QueueUrls {
        let prefix = request.queue_name_prefix.as_deref().unwrap_or_default();
        let names = self.queues.keys().filter(|name| name.starts_with(prefix));
        QueueUrls {
            queue_urls: names.map(|name| self.url_of(name)).collect(),
        }
    }

    pub(super) fn attributes(
        &self,
        request: &GetQueueAttributes,
    ) -> Result<QueueAttributes, Fault> {
        let mut attributes = self.all_attributes(&request.queue_url)?;
        let asked = &request.attribute_names;
        let is_known = |name: &String| {
            name == "All" || name == "RedrivePolicy" || attributes.contains_key(name.as_str())
        };
        if let Some(unknown) = asked.iter().find(|name| !is_known(name)) {
            return Err(Fault::new(
                FaultKind::InvalidAttributeName,
                format!("Unknown attribute {unknown}."),
            ));
        }
        attributes.retain(|name, _| asked.iter().any(|asked| asked == "All" || asked == name));
        Ok(QueueAttributes { attributes })
    }

    fn all_attributes(&self, queue_url: &str) -> Result<BTreeMap<&'static str, String>, Fault> {
        let queue = self.queue(queue_url)?;
        let counts = self.counts(queue_url)?;
        let opened_at_seconds = (self.opened_at_ms / 1_000).to_string();
        let mut attributes = BTreeMap::from([
            ("ApproximateNumberOfMessages", counts.visible.to_string()),
            (
                "ApproximateNumberOfMessagesDelayed",
                counts.delayed.to_string(),
            ),
            (
                "ApproximateNumberOfMessagesNotVisible",
                counts.in_flight.to_string(),
            ),
            ("CreatedTimestamp", opened_at_seconds.clone()),
            ("DelaySeconds", queue.delay_seconds.to_string()),
            ("LastModifiedTimestamp", opened_at_seconds),
            ("MaximumMessageSize", SIZE_LIMIT_BYTES.to_string()),
            (
                "MessageRetentionPeriod",
                queue.retention_seconds.to_string(),
            ),
            ("QueueArn", self.arn_of(&queue.name)),
            (
                "ReceiveMessageWaitTimeSeconds",
                queue.receive_wait_seconds.to_string(),
            ),
            ("SqsManagedSseEnabled", "true".to_owned()),
            (
                "VisibilityTimeout",
                queue.visibility_timeout_seconds.to_string(),
            ),
        ]);
        if let Some(redrive) = &queue.redrive {
            let policy = json!({
                "deadLetterTargetArn": self.arn_of(&redrive.dead_letter_queue),
                "maxReceiveCount": redrive.max_receive_count,
            });
            attributes.insert("RedrivePolicy", policy.to_string());
        }
        Ok(attributes)
    }

    fn url_of(&self, queue_name: &str) -> String {
        format!(
            "{}/{}/{queue_name}",
            self.scope.sqs_endpoint, self.scope.account_id
        )
    }
}
