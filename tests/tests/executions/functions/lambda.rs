//! `aws.lambda`: invocations, their responses and errors, and retries.

use super::*;

#[tokio::test]
async fn a_function_is_invoked_with_its_payload_and_its_response_is_the_output() {
    let scene = Scene::new(&format!("{LAMBDA}:live,{LAMBDA}"), |_, asked| {
        Some(ServiceAnswer::ok(json!({"seen": asked.body["n"]})))
    })
    .await;
    let payload = json!({"n": "${ .n }"});
    let with = json!({"functionName": "orders", "qualifier": "live", "payload": payload});
    let id = scene.start(call("aws.lambda", with), json!({"n": 7})).await;
    let execution = scene.world.execution(&id).await;
    assert_eq!(execution["status"], "succeeded", "{execution}");
    assert_eq!(execution["output"], json!({"seen": 7}));
    assert_eq!(execution["steps"][0]["type"], "call:aws.lambda");
    let asked = &scene.services.asked()[0];
    assert!(asked.path.contains(&format!("{LAMBDA}:live")), "{asked:?}");
    assert_eq!(asked.headers["x-amz-invocation-type"], "RequestResponse");
    assert!(asked.headers.contains_key("x-amz-client-context"));
    let with = json!({"functionName": LAMBDA, "invocationType": "Event"});
    let execution = scene.run(call("aws.lambda", with)).await;
    assert_eq!(
        execution["output"],
        json!({"accepted": true}),
        "{execution}"
    );
    let asked = &scene.services.asked()[1];
    assert_eq!(asked.headers["x-amz-invocation-type"], "Event");
}

#[tokio::test]
async fn the_error_of_a_failed_function_becomes_the_tasks_error() {
    let scene = Scene::new(LAMBDA, |_, _| {
        let body =
            json!({"errorType": "NoStock", "errorMessage": "none left", "stackTrace": ["x"]});
        Some(ServiceAnswer {
            headers: vec![("x-amz-function-error", "Unhandled")],
            ..ServiceAnswer::ok(body)
        })
    })
    .await;
    let execution = scene
        .run(call("aws.lambda", json!({"functionName": "orders"})))
        .await;
    assert_error(&execution, "runtime", 500, "NoStock: none left");
    assert!(!execution.to_string().contains("stackTrace"), "{execution}");
}

#[tokio::test]
async fn a_throttled_call_is_retried_as_the_document_says() {
    let scene = Scene::new(LAMBDA, |number, _| {
        // As many throttled responses as the client itself retries.
        (number <= 3).then(|| ServiceAnswer::error(429, "TooManyRequestsException"))
    })
    .await;
    let definition = document(json!([{"attempt": {
        "try": [{"ask": {"call": "aws.lambda", "with": {"functionName": "orders", "payload": 1}}}],
        "catch": {
            "errors": {"with": {"status": 429}},
            "retry": {"delay": {"seconds": 30}, "limit": {"attempt": {"count": 2}}}
        }
    }}]));
    let id = scene.start(definition, json!({})).await;
    assert_eq!(scene.world.execution(&id).await["status"], "waiting");
    scene.world.clock.advance(30_000);
    run_batch(&scene.world, &scene.worker).await;
    let execution = scene.world.execution(&id).await;
    assert_eq!(execution["status"], "succeeded", "{execution}");
    assert_eq!(execution["output"], 1);
    let keys: Vec<String> = scene
        .services
        .asked()
        .iter()
        .map(|asked| asked.headers["x-amz-client-context"].clone())
        .collect();
    assert_eq!(keys.len(), 4);
}

#[tokio::test]
async fn an_error_response_of_a_service_becomes_an_error_with_its_status() {
    for (status, code, expected) in [
        (404, "ResourceNotFoundException", 404),
        (403, "AccessDeniedException", 403),
        (500, "ServiceException", 500),
    ] {
        let scene = Scene::new(LAMBDA, move |_, _| Some(ServiceAnswer::error(status, code))).await;
        let execution = scene
            .run(call("aws.lambda", json!({"functionName": "orders"})))
            .await;
        assert_error(&execution, "communication", expected, code);
    }
}
