//! The `files` Lambda: wiring.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    http_function::run(files::App::new).await
}
