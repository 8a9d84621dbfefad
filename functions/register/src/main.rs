//! The `register` Lambda: wiring.

use std::convert::Infallible;

use lambda_http::{Error, Request, service_fn};
use register::App;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    store::init_logging();
    let app = App::new(store::AwsContext::from_process()?);
    api::gateway::serve(service_fn(async |request: Request| {
        Ok::<_, Infallible>(register::handle(&app, request).await)
    }))
    .await
}
