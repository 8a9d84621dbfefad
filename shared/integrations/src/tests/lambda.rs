//! Invocations, and what goes for every service: error codes and retries.

use super::*;

#[tokio::test]
async fn the_header_tells_a_response_from_an_error_of_the_function() {
    let body = r#"{"errorMessage":"no stock"}"#;
    let failed = Reply(OK, ("X-Amz-Function-Error", "Unhandled"), body);
    let deployment = Deployment::new([failed, Reply(OK, NO_HEADER, body)]);
    let body = body.as_bytes().to_vec();
    let errored = InvocationOutcome::Errored(body.clone());
    assert_eq!(deployment.invoke().await, Ok(errored));
    assert_eq!(
        deployment.invoke().await,
        Ok(InvocationOutcome::Answered(body))
    );
}

#[tokio::test]
async fn an_errors_code_is_in_the_header_or_in_the_body() {
    let url = "ResourceNotFoundException:http://internal.amazon.com/coral/";
    let namespace =
        r#"{"__type":"com.amazonaws.lambda#ResourceNotFoundException","message":"gone"}"#;
    for reply in [
        Reply(404, ("x-amzn-ErrorType", url), r#"{"Message":"gone"}"#),
        Reply(404, NO_HEADER, namespace),
    ] {
        let expected = refused(404, "Lambda answered ResourceNotFoundException: gone");
        assert_eq!(Deployment::new([reply]).invoke().await, Err(expected));
    }
}

#[tokio::test]
async fn an_error_that_cannot_be_read_tells_its_status() {
    let deployment = Deployment::new([Reply(413, NO_HEADER, "<html>")]);
    let expected = refused(413, "Lambda answered an unknown error: status 413");
    assert_eq!(deployment.invoke().await, Err(expected));
}

#[tokio::test(start_paused = true)]
async fn a_throttled_call_is_repeated_under_the_same_invocation_id() {
    let deployment = Deployment::new([THROTTLED, INTERNAL, Reply(OK, NO_HEADER, "7")]);
    let answered = InvocationOutcome::Answered(b"7".to_vec());
    assert_eq!(deployment.invoke().await, Ok(answered));
    let ids = [0, 1, 2].map(|number| deployment.header(number, "amz-sdk-invocation-id"));
    assert!(!ids[0].is_empty() && ids[0] == ids[1] && ids[0] == ids[2]);
    assert_eq!(deployment.header(2, "amz-sdk-request"), "attempt=3; max=3");
    let user_agent = deployment.header(0, "user-agent");
    assert!(
        user_agent.contains("api/lambda/") && user_agent.contains("m/E"),
        "{user_agent}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_call_is_attempted_three_times_at_most() {
    let deployment = Deployment::new([THROTTLED, THROTTLED, THROTTLED]);
    let expected = refused(429, "Lambda answered ThrottlingException: ");
    assert_eq!(deployment.invoke().await, Err(expected));
    assert_eq!(deployment.asked(), 3);
}
