//! Senders that wait for the answer of their execution: while they do, workers run and the clock moves on.

use serde_json::Value;

use crate::{Answer, Hook, World};

impl World {
    /// A JSON event to a webhook URL whose sender may have to wait.
    pub async fn post_and_wait(
        &self,
        hook: &Hook,
        headers: &[(&str, &str)],
        event: &Value,
    ) -> Answer {
        tokio::select! {
            answer = self.post(hook, headers, event) => answer,
            () = self.run_then_tick() => unreachable!("time goes on for ever"),
        }
    }

    /// Runs what comes into the queue, and then moves the clock on, for ever.
    pub async fn run_then_tick(&self) {
        self.run_what_comes().await;
        self.tick().await;
    }

    /// Waits for a message, and runs until nothing is left to do now.
    pub async fn run_what_comes(&self) {
        while self.stack.run_until_idle().await.expect("the queue works") == 0 {
            tokio::task::yield_now().await;
        }
    }

    /// Moves the clock on for ever, a tenth of a second at a time, and lets others work in between.
    pub async fn tick(&self) {
        loop {
            self.clock.advance(100);
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
        }
    }
}
