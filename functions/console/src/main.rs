//! The `console` Lambda: wiring.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    console::run().await
}
