//! Events on buses.

use serde_json::Value;

use super::*;

#[tokio::test(start_paused = true)]
async fn only_the_entries_that_eventbridge_refused_are_sent_again() {
    let partly = r#"{"FailedEntryCount":1,"Entries":[{"EventId":"1"},{"ErrorCode":"ThrottlingException","ErrorMessage":"slow"}]}"#;
    let rest = r#"{"FailedEntryCount":0,"Entries":[{"EventId":"2"}]}"#;
    let deployment = Deployment::new([Reply(OK, NO_HEADER, partly), Reply(OK, NO_HEADER, rest)]);
    let ids = ["1", "2"].map(str::to_owned).to_vec();
    assert_eq!(deployment.put(2).await, Ok(ids));
    let requests = deployment.requests.lock().unwrap();
    let sent: Value = serde_json::from_slice(requests[1].body()).unwrap();
    assert_eq!(sent["Entries"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn results_that_cannot_be_read_are_a_failure_and_nothing_is_sent_again() {
    for body in ["", "{}", r#"{"Entries":[{"EventId":"1"}]}"#] {
        let deployment = Deployment::new([Reply(OK, NO_HEADER, body)]);
        let failure = deployment.put(2).await.unwrap_err();
        assert!(is_unreadable(&failure, "EventBridge"), "{failure:?}");
        assert_eq!(deployment.asked(), 1);
    }
}
