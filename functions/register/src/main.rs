//! The `register` Lambda: wiring.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    http_function::run(register::App::new).await
}
