//! The `sweep` Lambda: wiring.

use domain::Timestamp;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;
use sweep::App;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    aws::init_logging();
    let app = App::new(aws::Environment::from_process()?);
    let app = &app;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        let deadline = i64::try_from(event.context.deadline).unwrap_or(i64::MAX);
        let swept = sweep::handle(app, Timestamp::from_millis(deadline)).await?;
        Ok::<_, Error>(swept)
    }))
    .await
}
