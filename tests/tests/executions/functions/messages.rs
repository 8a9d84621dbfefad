//! `aws.sqs` and `aws.events`: messages and events that a workflow sends.

use super::*;

#[tokio::test]
async fn a_message_is_sent_to_a_queue_of_this_region_and_to_no_other_host() {
    // Under another stack's name, the local queues do not count as Sluice's own.
    let stranger = BTreeMap::from([("STACK_NAME".to_owned(), "other".to_owned())]);
    let letters = "arn:aws:sqs:eu-central-1:000000000000:sluice-ExecutionsDeadLetters";
    let scene = Scene::with(letters, stranger, own).await;
    let variables = scene.world.stack.variables("worker");
    let endpoint = &variables["AWS_ENDPOINT_URL_SQS"];
    let url = format!("{endpoint}/000000000000/sluice-ExecutionsDeadLetters");
    let with = json!({"queueUrl": url, "body": {"n": 1}, "attributes": {"kind": "order"}});
    let execution = scene.run(call("aws.sqs", with)).await;
    assert_eq!(execution["status"], "succeeded", "{execution}");
    assert!(execution["output"]["messageId"].is_string(), "{execution}");
    let receive = json!({"QueueUrl": url, "MessageAttributeNames": ["All"]});
    let received = tests::fault_proxy::ask(
        &scene.world,
        "AmazonSQS.ReceiveMessage",
        receive.to_string(),
    )
    .await;
    let message = &received["Messages"][0];
    assert_eq!(message["Body"], r#"{"n":1}"#, "{received}");
    assert_eq!(message["MessageAttributes"]["kind"]["StringValue"], "order");
    for elsewhere in [
        "https://evil.example/000000000000/sluice-ExecutionsDeadLetters".to_owned(),
        format!("{endpoint}@evil.example/000000000000/sluice-ExecutionsDeadLetters"),
        format!("{endpoint}.evil.example/000000000000/x"),
        format!("{url}/../x"),
        format!("{url}?Action=DeleteQueue"),
        "sluice-ExecutionsDeadLetters".to_owned(),
    ] {
        let with = json!({"queueUrl": elsewhere, "body": "x"});
        let execution = scene.run(call("aws.sqs", with)).await;
        assert_error(&execution, "validation", 400, "is not the URL of a queue");
    }
}

#[tokio::test]
async fn only_the_refused_entries_of_a_put_events_request_are_sent_again() {
    let scene = Scene::new(BUS, |number, _| {
        (number == 1).then(|| {
            let refused = json!({"ErrorCode": "ThrottlingException", "ErrorMessage": "slowly"});
            let entries = json!([{"EventId": "first"}, refused]);
            ServiceAnswer::ok(json!({"FailedEntryCount": 1, "Entries": entries}))
        })
    })
    .await;
    let entry = |n: u32| json!({"source": "shop", "detailType": "Order", "detail": {"n": n}});
    let with = json!({"entries": [entry(1), entry(2)]});
    let execution = scene.run(call("aws.events", with)).await;
    let ids = json!({"entries": [{"eventId": "first"}, {"eventId": "event-1"}]});
    assert_eq!(execution["output"], ids, "{execution}");
    let again = &scene.services.asked()[1].body["Entries"];
    assert_eq!(again.as_array().unwrap().len(), 1);
    assert_eq!(again[0]["Detail"], r#"{"n":2}"#);
    assert_eq!(again[0]["EventBusName"], BUS);
}

#[tokio::test]
async fn a_request_puts_at_most_ten_entries() {
    let entry = json!({"source": "shop", "detailType": "Order", "detail": {}});
    for (count, is_sent) in [(0, false), (1, true), (10, true), (11, false)] {
        let scene = Scene::new(BUS, |_, _| None).await;
        let entries = json!({"entries": vec![entry.clone(); count]});
        let execution = scene.run(call("aws.events", entries)).await;
        if is_sent {
            let sent = execution["output"]["entries"].as_array().unwrap();
            assert_eq!(sent.len(), count, "{execution}");
        } else {
            assert_error(&execution, "validation", 400, "1 to 10");
            assert_eq!(scene.operations(), [""; 0]);
        }
    }
}

#[tokio::test]
async fn entries_that_stay_refused_fail_the_task() {
    for (code, calls, kind_status) in [("ThrottlingException", 3, 429), ("MalformedDetail", 1, 400)]
    {
        let scene = Scene::new(BUS, move |_, _| {
            let refused = json!({"ErrorCode": code, "ErrorMessage": "no"});
            Some(ServiceAnswer::ok(
                json!({"FailedEntryCount": 1, "Entries": [refused]}),
            ))
        })
        .await;
        let entry = json!({"source": "shop", "detailType": "Order", "detail": {}});
        let execution = scene
            .run(call("aws.events", json!({"entries": [entry]})))
            .await;
        assert_error(&execution, "communication", kind_status, code);
        assert_eq!(scene.operations().len(), calls);
    }
}
