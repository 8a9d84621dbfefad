//! How many batches run at a time, and how fast they follow each other.

use tokio::sync::mpsc;

use super::*;

#[tokio::test]
async fn no_more_batches_run_at_a_time_than_the_mapping_allows() {
    let (started, mut starts) = mpsc::unbounded_channel();
    let gate = Arc::new(Semaphore::new(0));
    let waiting = gate.clone();
    let function: Function = Arc::new(move |_, _| {
        started.send(()).unwrap();
        let gate = waiting.clone();
        Box::pin(async move {
            gate.acquire().await.unwrap().forget();
            Ok(Value::Null)
        })
    });
    let (sqs, _, poller) = polling(
        Mapping {
            batch_size: 1,
            ..mapping()
        },
        function,
    );
    for _ in 0..3 {
        sqs.send_text("work", "m").unwrap();
    }
    let stop = Stop::new();
    let running = tokio::spawn(poller.run(stop.clone()));
    starts.recv().await.unwrap();
    starts.recv().await.unwrap();
    assert_eq!(sqs.counts("work").unwrap().visible, 1);
    assert!(starts.try_recv().is_err());
    gate.add_permits(1);
    starts.recv().await.unwrap();
    gate.add_permits(2);
    stop.now();
    running.await.unwrap();
    assert_eq!(sqs.counts("work").unwrap(), Counts::default());
}

#[tokio::test]
async fn failures_slow_the_poller_down_and_success_ends_that() {
    let at = setup(mapping(), |event| {
        match records(event)[0]["body"].as_str() {
            Some("bad") => Err(Failure::Crashed),
            _ => Ok(Value::Null),
        }
    });
    assert_eq!(at.poller.backoff(), Duration::ZERO);
    for expected_ms in [200, 400, 800] {
        at.send(&["bad"]);
        at.poller.poll_once().await.unwrap();
        assert_eq!(at.poller.backoff(), Duration::from_millis(expected_ms));
    }
    at.send(&["good"]);
    at.poller.poll_once().await.unwrap();
    assert_eq!(at.poller.backoff(), Duration::ZERO);
}
