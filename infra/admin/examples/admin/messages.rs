//! `cargo admin redrive`.

use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::Message;
use clap::Args;
use serde_json::{Value, json};

use crate::CommandError;

/// A message that is moved is hidden for as long from others that move messages.
const HIDDEN_SECONDS: i32 = 60;
/// As many as SQS hands out at a time.
const BATCH: i32 = 10;

#[derive(Args)]
pub(crate) struct Redrive {
    /// The queue of dead letters: the output ExecutionsDeadLettersUrl or DeliveriesDeadLettersUrl.
    #[arg(long, value_name = "URL")]
    from: String,
    /// The queue that they came from: the output ExecutionsQueueUrl or DeliveriesQueueUrl.
    #[arg(long, value_name = "URL")]
    to: String,
    /// At most so many.
    #[arg(long, value_name = "NUMBER", default_value_t = 10_000)]
    max: u64,
}

impl Redrive {
    /// Sends each before it deletes it: one that is interrupted is there twice, which is harmless.
    pub(crate) async fn run(self) -> Result<Value, CommandError> {
        if self.from == self.to {
            return Err("--from and --to are the same queue".into());
        }
        let sqs = client().await;
        let mut moved = 0;
        while moved < self.max {
            let messages = self.receive(&sqs).await?;
            if messages.is_empty() {
                break;
            }
            for message in messages {
                if moved < self.max {
                    self.pass_on(&sqs, &message).await?;
                    moved += 1;
                }
            }
        }
        Ok(json!({ "moved": moved }))
    }

    async fn receive(&self, sqs: &Client) -> Result<Vec<Message>, CommandError> {
        let receive = sqs.receive_message().queue_url(&self.from);
        let receive = receive
            .max_number_of_messages(BATCH)
            .visibility_timeout(HIDDEN_SECONDS);
        let answer = receive.wait_time_seconds(1).send().await?;
        Ok(answer.messages.unwrap_or_default())
    }

    async fn pass_on(&self, sqs: &Client, message: &Message) -> Result<(), CommandError> {
        let send = sqs.send_message().queue_url(&self.to);
        send.set_message_body(message.body.clone()).send().await?;
        let delete = sqs.delete_message().queue_url(&self.from);
        delete
            .set_receipt_handle(message.receipt_handle.clone())
            .send()
            .await?;
        Ok(())
    }
}

async fn client() -> Client {
    let config = aws_config::defaults(BehaviorVersion::latest())
        .http_client(store::http_client(Duration::from_secs(3)))
        .load()
        .await;
    Client::new(&config)
}
