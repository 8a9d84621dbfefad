//! The `worker` Lambda: wiring.

use lambda_runtime::layers::TracingLayer;
use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use serde_json::Value;
use worker::{App, ExitLayer};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    store::init_logging();
    let environment = store::AwsContext::from_process()?;
    let app = App::new(environment.clone());
    let app = &app;
    let handler = service_fn(async |event: LambdaEvent<Value>| {
        let deadline = environment.deadline(event.context.deadline);
        Ok::<_, Error>(worker::handle(app, event.payload, deadline).await)
    });
    Runtime::new(handler)
        .layer(TracingLayer::new())
        .layer(ExitLayer::new(&|| app.must_exit()))
        .run()
        .await
}
