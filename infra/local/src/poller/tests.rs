//! What Lambda does with a queue, on a clock that the tests move.

mod pace;
mod recursion;

use std::path::Path;
use std::sync::Mutex;

use serde_json::json;

use super::*;
use crate::clock::ManualClock;
use crate::functions::Function;
use crate::sqs::Counts;
use crate::template::{Queue, Redrive};

type Answer = fn(&Value) -> Result<Value, Failure>;

struct Setup {
    sqs: Arc<Sqs>,
    clock: ManualClock,
    poller: Arc<Poller>,
    /// The events that the function got.
    events: Arc<Mutex<Vec<Value>>>,
}

fn scope() -> DeploymentScope {
    DeploymentScope {
        region: "eu-central-1".to_owned(),
        account_id: "000000000000".to_owned(),
        stack_name: "test".to_owned(),
        sqs_endpoint: "http://127.0.0.1:1".to_owned(),
    }
}

fn mapping() -> Mapping {
    Mapping {
        queue: "work".to_owned(),
        function: "worker".to_owned(),
        batch_size: 10,
        batching_window_seconds: 0,
        maximum_concurrency: 2,
        reports_item_failures: true,
    }
}

/// A function that answers each batch by what `answer` makes of its event.
fn setup(mapping: Mapping, answer: Answer) -> Setup {
    let events = Arc::new(Mutex::new(Vec::new()));
    let seen = events.clone();
    let function: Function = Arc::new(move |event, _| {
        let answer = answer(&event);
        seen.lock().unwrap().push(event);
        Box::pin(async { answer })
    });
    let (sqs, clock, poller) = polling(mapping, function);
    Setup {
        sqs,
        clock,
        poller,
        events,
    }
}

fn polling(mapping: Mapping, function: Function) -> (Arc<Sqs>, ManualClock, Arc<Poller>) {
    let clock = ManualClock::at(1_700_000_000_000);
    let queue = |name: &str, redrive| Queue {
        name: name.to_owned(),
        visibility_timeout_seconds: 30,
        delay_seconds: 0,
        retention_seconds: 3_600,
        receive_wait_seconds: 0,
        redrive,
    };
    let redrive = Redrive {
        dead_letter_queue: "dead".to_owned(),
        max_receive_count: 2,
    };
    let queues = [queue("work", Some(redrive)), queue("dead", None)];
    let sqs = Sqs::open(None::<&Path>, &queues, scope(), clock.clock()).unwrap();
    let mut functions = Functions::new(clock.clock());
    functions.deploy("worker", function, 30);
    let poller = Poller::new(mapping, sqs.clone(), Arc::new(functions), scope());
    (sqs, clock, poller)
}

impl Setup {
    fn send(&self, bodies: &[&str]) {
        for body in bodies {
            self.sqs.send_text("work", body).unwrap();
        }
    }

    fn bodies(&self) -> Vec<Vec<String>> {
        let events = self.events.lock().unwrap();
        let bodies = |event: &Value| {
            records(event)
                .iter()
                .map(|record| record["body"].as_str().unwrap().to_owned())
                .collect()
        };
        events.iter().map(bodies).collect()
    }

    fn counts(&self) -> Counts {
        self.sqs.counts("work").unwrap()
    }
}

fn records(event: &Value) -> &Vec<Value> {
    event["Records"].as_array().unwrap()
}

#[tokio::test]
async fn a_batch_comes_as_lambda_shapes_it_and_is_deleted() {
    let at = setup(mapping(), |_| Ok(json!({"batchItemFailures": []})));
    at.send(&["one", "two"]);
    assert!(at.poller.poll_once().await.unwrap());
    assert!(!at.poller.poll_once().await.unwrap());
    let event = at.events.lock().unwrap()[0].clone();
    let mut record = records(&event)[0].clone();
    assert!(record["messageId"].take().is_string() && record["receiptHandle"].take().is_string());
    assert_eq!(
        record,
        json!({
            "messageId": null,
            "receiptHandle": null,
            "body": "one",
            "attributes": {
                "ApproximateReceiveCount": "1",
                "SentTimestamp": "1700000000000",
                "SenderId": "000000000000",
                "ApproximateFirstReceiveTimestamp": "1700000000000",
            },
            "messageAttributes": {},
            "md5OfBody": "f97c5d29941bfb1b2fdab0874906ab82",
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-central-1:000000000000:work",
            "awsRegion": "eu-central-1",
        })
    );
    assert_eq!(at.bodies(), [["one", "two"]]);
    assert_eq!(at.counts(), Counts::default());
}

#[tokio::test]
async fn only_the_messages_that_failed_come_again() {
    let at = setup(mapping(), |event| {
        let failed = records(event)
            .iter()
            .filter(|record| record["body"] == "bad");
        let failures: Vec<_> = failed
            .map(|record| json!({"itemIdentifier": record["messageId"]}))
            .collect();
        Ok(json!({"batchItemFailures": failures}))
    });
    at.send(&["good", "bad"]);
    at.poller.poll_once().await.unwrap();
    assert_eq!(
        at.counts(),
        Counts {
            visible: 0,
            in_flight: 1,
            delayed: 0
        }
    );
    at.clock.advance(30_000);
    at.poller.poll_once().await.unwrap();
    assert_eq!(at.bodies(), [vec!["good", "bad"], vec!["bad"]]);
    at.clock.advance(30_000);
    assert!(!at.poller.poll_once().await.unwrap());
    assert_eq!(at.sqs.counts("dead").unwrap().visible, 1);
}

#[tokio::test]
async fn a_report_that_makes_no_sense_fails_the_whole_batch() {
    let answers: [Answer; 6] = [
        |_| Ok(json!({"batchItemFailures": [{"itemIdentifier": ""}]})),
        |_| Ok(json!({"batchItemFailures": [{"itemIdentifier": null}]})),
        |_| Ok(json!({"batchItemFailures": [{"itemIdentifier": "unknown"}]})),
        |_| Ok(json!({"batchItemFailures": [{"wrong": "key"}]})),
        |_| Ok(json!({"batchItemFailures": "all"})),
        |_| Err(Failure::Reported("broken".to_owned())),
    ];
    for answer in answers {
        let at = setup(mapping(), answer);
        at.send(&["one", "two"]);
        at.poller.poll_once().await.unwrap();
        assert_eq!(
            at.counts(),
            Counts {
                visible: 0,
                in_flight: 2,
                delayed: 0
            }
        );
    }
}

#[tokio::test]
async fn an_answer_without_a_report_is_success() {
    let answers: [Answer; 4] = [
        |_| Ok(Value::Null),
        |_| Ok(json!({})),
        |_| Ok(json!({"batchItemFailures": null})),
        |_| Ok(json!("done")),
    ];
    for answer in answers {
        let at = setup(mapping(), answer);
        at.send(&["one"]);
        at.poller.poll_once().await.unwrap();
        assert_eq!(at.counts(), Counts::default());
    }
}

#[tokio::test]
async fn a_mapping_that_takes_no_reports_deletes_all() {
    let mapping = Mapping {
        reports_item_failures: false,
        ..mapping()
    };
    let at = setup(mapping, |event| {
        Ok(json!({"batchItemFailures": [{"itemIdentifier": records(event)[0]["messageId"]}]}))
    });
    at.send(&["one"]);
    at.poller.poll_once().await.unwrap();
    assert_eq!(at.counts(), Counts::default());
}

#[tokio::test]
async fn a_batch_is_as_large_as_the_mapping_says() {
    let at = setup(
        Mapping {
            batch_size: 12,
            ..mapping()
        },
        |_| Ok(Value::Null),
    );
    at.send(&["m"; 15]);
    while at.poller.poll_once().await.unwrap() {}
    assert_eq!(
        at.bodies().iter().map(Vec::len).collect::<Vec<_>>(),
        [12, 3]
    );
}
