//! `aws.states`: state machines that are started once, and the end of one.

use super::*;

#[tokio::test]
async fn a_state_machine_is_started_once_and_no_worker_is_held_while_it_runs() {
    let scene = Scene::new(MACHINE, own).await;
    let with = json!({"stateMachineArn": MACHINE, "input": {"day": "${ .day }"}});
    let id = scene
        .start(call("aws.states", with), json!({"day": 3}))
        .await;
    assert_eq!(scene.world.execution(&id).await["status"], "waiting");
    let started = ["DescribeExecution", "StartExecution"];
    assert_eq!(scene.operations(), started);
    let start = &scene.services.asked()[1].body;
    assert_eq!(start["input"], r#"{"day":3}"#);
    assert!(start["name"].as_str().unwrap().contains(&id), "{start}");
    for _ in 0..3 {
        scene.world.clock.advance(600_000);
        run_batch(&scene.world, &scene.worker).await;
    }
    assert_eq!(scene.world.execution(&id).await["status"], "waiting");
    scene
        .services
        .end_executions(&json!({"status": "SUCCEEDED", "output": r#"{"done":true}"#}));
    scene.world.clock.advance(900_000);
    run_batch(&scene.world, &scene.worker).await;
    let execution = scene.world.execution(&id).await;
    assert_eq!(execution["status"], "succeeded", "{execution}");
    assert_eq!(execution["output"], json!({"done": true}));
    let starts = scene.operations();
    let starts = starts.iter().filter(|name| *name == "StartExecution");
    assert_eq!(starts.count(), 1);
}

/// The message that the template's EventBridge rule makes from an event.
fn message_of(event: &Value) -> String {
    let template = include_str!("../../../../infra/template.yaml");
    let line = |name: &str| {
        let found = template
            .lines()
            .find_map(|line| line.trim().strip_prefix(name));
        found.unwrap().trim_matches('\'')
    };
    assert_eq!(line("InputPathsMap: "), "{ name: $.detail.name }");
    let name = event["detail"]["name"].to_string();
    line("InputTemplate: ").replace("<name>", &name)
}

#[tokio::test]
async fn the_end_of_a_state_machine_wakes_the_execution_at_once() {
    let scene = Scene::new(MACHINE, own).await;
    let with = json!({"stateMachineArn": MACHINE});
    let id = scene.start(call("aws.states", with), json!({})).await;
    let ending = json!({"status": "SUCCEEDED", "output": r#"{"done":true}"#});
    scene.services.end_executions(&ending);
    let event = json!({
        "source": "aws.states",
        "detail-type": "Step Functions Execution Status Change",
        "detail": {"name": scene.services.asked()[1].body["name"], "status": "SUCCEEDED"},
    });
    let body = json!({"MessageBody": message_of(&event)});
    for _ in 0..2 {
        // The same event twice, because EventBridge delivers at least once.
        ask(&scene.world, "SendMessage", body.clone()).await;
        run_batch(&scene.world, &scene.worker).await;
        let execution = scene.world.execution(&id).await;
        assert_eq!(execution["status"], "succeeded", "{execution}");
        assert_eq!(execution["output"], json!({"done": true}));
    }
}

#[tokio::test]
async fn a_state_machine_that_does_not_succeed_fails_the_task_with_its_cause() {
    for (status, kind, code) in [
        ("FAILED", "runtime", 500),
        ("ABORTED", "runtime", 500),
        ("TIMED_OUT", "timeout", 408),
    ] {
        let scene = Scene::new(MACHINE, own).await;
        let with = json!({"stateMachineArn": MACHINE});
        let id = scene.start(call("aws.states", with), json!({})).await;
        let ending = json!({"status": status, "error": "Bad.Input", "cause": "no day"});
        scene.services.end_executions(&ending);
        scene.world.clock.advance(30_000);
        run_batch(&scene.world, &scene.worker).await;
        let execution = scene.world.execution(&id).await;
        let detail = format!("{status}: Bad.Input: no day");
        assert_error(&execution, kind, code, &detail);
    }
}

#[tokio::test]
async fn a_state_machine_that_is_not_found_yet_is_not_started_twice() {
    // Step Functions may not find an execution that it has just started.
    let scene = Scene::new(MACHINE, |number, asked| {
        (asked.operation == "DescribeExecution" && number <= 3)
            .then(|| ServiceAnswer::error(400, "ExecutionDoesNotExist"))
    })
    .await;
    let with = json!({"stateMachineArn": MACHINE});
    let id = scene.start(call("aws.states", with), json!({})).await;
    scene.world.clock.advance(30_000);
    run_batch(&scene.world, &scene.worker).await;
    assert_eq!(scene.world.execution(&id).await["status"], "waiting");
    scene
        .services
        .end_executions(&json!({"status": "SUCCEEDED", "output": "1"}));
    scene.world.clock.advance(30_000);
    run_batch(&scene.world, &scene.worker).await;
    let execution = scene.world.execution(&id).await;
    assert_eq!(execution["status"], "succeeded", "{execution}");
}
