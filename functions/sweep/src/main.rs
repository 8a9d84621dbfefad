//! The `sweep` Lambda: wiring.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;
use sweep::App;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    store::init_logging();
    let environment = store::AwsContext::from_process()?;
    let app = App::new(environment.clone());
    let app = &app;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        let deadline = environment.deadline(event.context.deadline);
        let swept = sweep::handle(app, deadline).await?;
        Ok::<_, Error>(swept)
    }))
    .await
}
