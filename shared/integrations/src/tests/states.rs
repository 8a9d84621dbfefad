//! Executions of state machines.

use super::*;

#[tokio::test]
async fn an_execution_that_does_not_exist_is_started() {
    let absent = Reply(
        400,
        NO_HEADER,
        r#"{"__type":"com.amazonaws.swf#ExecutionDoesNotExist"}"#,
    );
    let started =
        r#"{"executionArn":"arn:aws:states:eu-west-1:1:execution:a:b","startDate":1.7955e9}"#;
    let deployment = Deployment::new([absent, Reply(OK, NO_HEADER, started)]);
    let since = Some(Timestamp::from_millis(1_795_500_000_000));
    assert_eq!(
        deployment.run().await,
        Ok(StateMachineStatus::Running { since })
    );
    let target = deployment.header(1, "x-amz-target");
    assert_eq!(target, "AWSStepFunctions.StartExecution");
}

#[tokio::test]
async fn an_execution_that_was_started_meanwhile_runs() {
    let absent = Reply(400, ("x-amzn-ErrorType", "ExecutionDoesNotExist"), "{}");
    let exists = Reply(400, ("x-amzn-ErrorType", "ExecutionAlreadyExists"), "{}");
    let deployment = Deployment::new([absent, exists]);
    assert_eq!(
        deployment.run().await,
        Ok(StateMachineStatus::Running { since: None })
    );
}

#[tokio::test]
async fn the_status_of_an_execution_is_read() {
    let failed =
        r#"{"executionArn":"a","status":"FAILED","startDate":1.5,"error":"E","output":null}"#;
    let deployment = Deployment::new([
        Reply(OK, NO_HEADER, r#"{"status":"SUCCEEDED","output":"[1]"}"#),
        Reply(
            OK,
            NO_HEADER,
            r#"{"status":"PENDING_REDRIVE","startDate":1.25}"#,
        ),
        Reply(OK, NO_HEADER, failed),
    ]);
    let output = "[1]".to_owned();
    assert_eq!(
        deployment.run().await,
        Ok(StateMachineStatus::Succeeded { output })
    );
    let since = Some(Timestamp::from_millis(1_250));
    assert_eq!(
        deployment.run().await,
        Ok(StateMachineStatus::Running { since })
    );
    let ended = StateMachineStatus::Ended {
        status: "FAILED".to_owned(),
        error: Some("E".to_owned()),
        cause: None,
    };
    assert_eq!(deployment.run().await, Ok(ended));
}

#[tokio::test]
async fn a_status_that_cannot_be_read_is_a_failure_and_asked_for_once() {
    for body in ["", "<html>", "[]", "{}", r#"{"status":7}"#] {
        let deployment = Deployment::new([Reply(OK, NO_HEADER, body)]);
        let failure = deployment.run().await.unwrap_err();
        assert!(is_unreadable(&failure, "Step Functions"), "{failure:?}");
        assert_eq!(deployment.asked(), 1);
    }
}
