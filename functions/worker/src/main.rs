//! The `worker` Lambda: wiring.

use std::time::Duration;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;
use worker::App;

/// Long enough for the answer to leave before the container goes.
const LAST_WORDS: Duration = Duration::from_millis(50);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    store::init_logging();
    let environment = store::AwsContext::from_process()?;
    let app = App::new(environment.clone());
    let app = &app;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        let deadline = environment.deadline(event.context.deadline);
        let answer = worker::handle(app, event.payload, deadline).await;
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
