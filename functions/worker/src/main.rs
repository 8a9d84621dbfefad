//! The `worker` Lambda: wiring.

use std::time::Duration;

use domain::Timestamp;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;
use worker::App;

/// Long enough for the answer to leave before the container goes.
const LAST_WORDS: Duration = Duration::from_millis(50);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    aws::init_logging();
    let app = App::new(aws::Environment::from_process()?);
    let app = &app;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        let deadline = i64::try_from(event.context.deadline).unwrap_or(i64::MAX);
        let answer = worker::handle(app, event.payload, Timestamp::from_millis(deadline)).await;
        if app.must_exit() {
            tokio::spawn(async {
                tokio::time::sleep(LAST_WORDS).await;
                std::process::exit(1);
            });
        }
        Ok::<_, Error>(answer)
    }))
    .await
}
