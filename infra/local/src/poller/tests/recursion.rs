//! A function that sends to the queue that feeds it.

use std::sync::OnceLock;

use super::*;

/// A function that answers each message with one more, until 40 were handled; the queue, the clock and how many were.
fn endless(allows_recursion: bool) -> (Arc<Sqs>, ManualClock, Arc<Poller>, Arc<AtomicU32>) {
    let queue: Arc<OnceLock<Arc<Sqs>>> = Arc::default();
    let handled = Arc::new(AtomicU32::new(0));
    let (sends_to, counter) = (queue.clone(), handled.clone());
    let function: Function = Arc::new(move |_, _| {
        let (queue, handled) = (sends_to.clone(), counter.clone());
        Box::pin(async move {
            if handled.fetch_add(1, Ordering::Relaxed) < 40 {
                queue.get().unwrap().send_text("work", "next").unwrap();
            }
            Ok(Value::Null)
        })
    });
    let (sqs, clock, mut poller) = polling(mapping(), function);
    queue.set(sqs.clone()).ok().unwrap();
    if allows_recursion {
        let poller = Arc::get_mut(&mut poller).unwrap();
        let functions = Arc::get_mut(&mut poller.functions).unwrap();
        functions.allow_recursion("worker");
    }
    (sqs, clock, poller, handled)
}

#[tokio::test]
async fn a_chain_of_sixteen_invocations_is_stopped_and_its_message_ends_as_a_dead_letter() {
    let (sqs, clock, poller, handled) = endless(false);
    sqs.send_text("work", "first").unwrap();
    for _ in 0..4 {
        while poller.poll_once().await.unwrap() {}
        clock.advance(30_000);
    }
    assert_eq!(handled.load(Ordering::Relaxed), MAX_INVOCATIONS);
    assert_eq!(sqs.counts("dead").unwrap().visible, 1);
    assert_eq!(sqs.counts("work").unwrap().visible, 0);
}

#[tokio::test]
async fn a_function_that_allows_recursion_is_not_stopped() {
    let (sqs, _, poller, handled) = endless(true);
    sqs.send_text("work", "first").unwrap();
    while poller.poll_once().await.unwrap() {}
    assert_eq!(handled.load(Ordering::Relaxed), 41);
    assert_eq!(sqs.counts("dead").unwrap().visible, 0);
}
