//! EventBridge Scheduler, for rates. Does not know what its functions do.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::functions::Functions;
use crate::server::Stop;
use crate::template::Schedule;

/// Invokes the function at its rate until [`Stop`] is requested. An invocation that takes longer delays the next one; a
/// failure was logged by then, and the next invocation is the retry.
pub(crate) async fn run(schedule: Schedule, functions: Arc<Functions>, stop: Stop) {
    let every = Duration::from_secs(schedule.every_seconds.into());
    let mut ticks = interval_at(Instant::now() + every, every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.requested() => return,
            _ = ticks.tick() => {
                functions.invoke(&schedule.function, schedule.input.clone()).await.ok();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tokio::sync::mpsc;

    use super::*;
    use crate::clock::ManualClock;
    use crate::functions::Function;

    #[tokio::test]
    async fn a_function_is_invoked_at_its_rate_until_the_stack_stops() {
        let (sender, mut invoked) = mpsc::unbounded_channel();
        let function: Function = Arc::new(move |event, _| {
            sender.send((Instant::now(), event)).unwrap();
            Box::pin(async { Ok(json!(null)) })
        });
        let mut functions = Functions::new(ManualClock::at(0).clock());
        functions.deploy("sweep", function, 30);
        let stop = Stop::new();
        let schedule = Schedule {
            function: "sweep".to_owned(),
            every_seconds: 1,
            input: json!({"a": 1}),
        };
        let started = Instant::now();
        let running = tokio::spawn(run(schedule, Arc::new(functions), stop.clone()));
        for nth in 1..=2 {
            let (at, event) = invoked.recv().await.unwrap();
            assert!(at - started >= Duration::from_secs(nth));
            assert_eq!(event, json!({"a": 1}));
        }
        stop.now();
        running.await.unwrap();
        assert!(invoked.recv().await.is_none());
    }
}
