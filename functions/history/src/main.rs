//! The `history` Lambda: wiring.

use std::convert::Infallible;

use history::App;
use lambda_http::{Error, Request, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    store::init_logging();
    let app = App::new(store::AwsContext::from_process()?);
    api::gateway::serve(service_fn(async |request: Request| {
        Ok::<_, Infallible>(history::handle(&app, request).await)
    }))
    .await
}
