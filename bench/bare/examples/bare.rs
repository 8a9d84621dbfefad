//! A function that does nothing but answer, as `trigger` answers: what the runtime alone costs. An example, so that it
//! is never built for deployment.

use std::convert::Infallible;

use lambda_http::{Body, Error, Request, Response, run, service_fn};

const ANSWER: &str = r#"{"success":true,"executionId":"exe_00000000000000000000000000"}"#;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(async |_: Request| {
        Ok::<_, Infallible>(Response::new(Body::from(ANSWER)))
    }))
    .await
}
