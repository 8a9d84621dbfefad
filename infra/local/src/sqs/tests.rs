//! The endpoint as the real SDK sees it, on a clock that the tests move.

mod batches;
mod endpoint;
mod faults;
mod messages;
mod visibility;

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::{BehaviorVersion, Region};
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};

use super::*;
use crate::clock::ManualClock;
use crate::server::{Stop, any_port, serve};
use crate::template::Redrive;

const START_MS: i64 = 1_700_000_000_000;

struct Endpoint {
    sqs: Arc<Sqs>,
    clock: ManualClock,
    client: Client,
    /// The URL of the queue `work`: visibility 30 s, dead after 2 receives.
    work: String,
    /// The URL of the queue `dead`.
    dead: String,
    address: std::net::SocketAddr,
}

async fn endpoint() -> Endpoint {
    endpoint_over(None).await
}

async fn endpoint_over(file: Option<&Path>) -> Endpoint {
    let listener = any_port().await.unwrap();
    let address = listener.local_addr().unwrap();
    let sqs_endpoint = format!("http://{address}");
    let scope = DeploymentScope {
        region: "eu-central-1".to_owned(),
        account_id: "000000000000".to_owned(),
        stack_name: "test".to_owned(),
        sqs_endpoint: sqs_endpoint.clone(),
    };
    let redrive = Redrive {
        dead_letter_queue: "dead".to_owned(),
        max_receive_count: 2,
    };
    let queues = [queue("work", Some(redrive)), queue("dead", None)];
    let clock = ManualClock::at(START_MS);
    let sqs = Sqs::open(file, &queues, scope, clock.clock()).unwrap();
    tokio::spawn(serve(listener, router(sqs.clone()), Stop::new()));
    let url = |name: &str| format!("{sqs_endpoint}/000000000000/{name}");
    Endpoint {
        client: client(&sqs_endpoint),
        work: url("work"),
        dead: url("dead"),
        sqs,
        clock,
        address,
    }
}

fn queue(name: &str, redrive: Option<Redrive>) -> Queue {
    Queue {
        name: name.to_owned(),
        visibility_timeout_seconds: 30,
        delay_seconds: 0,
        retention_seconds: 3_600,
        receive_wait_seconds: 0,
        redrive,
    }
}

fn client(endpoint_url: &str) -> Client {
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(::store::http_client(Duration::from_secs(3)))
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "test"))
        .endpoint_url(endpoint_url)
        .build();
    Client::from_conf(config)
}

impl Endpoint {
    async fn send(&self, body: &str) {
        self.client
            .send_message()
            .queue_url(&self.work)
            .message_body(body)
            .send()
            .await
            .unwrap();
    }

    /// Up to ten messages, with all that is known of them.
    async fn receive_from(&self, queue_url: &str) -> Vec<Message> {
        self.client
            .receive_message()
            .queue_url(queue_url)
            .max_number_of_messages(10)
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .message_attribute_names("All")
            .send()
            .await
            .unwrap()
            .messages
            .unwrap_or_default()
    }

    async fn receive(&self) -> Vec<Message> {
        self.receive_from(&self.work).await
    }
}

fn bodies(messages: &[Message]) -> Vec<&str> {
    messages.iter().filter_map(Message::body).collect()
}

fn attribute(message: &Message, name: MessageSystemAttributeName) -> Option<&str> {
    message.attributes()?.get(&name).map(String::as_str)
}
