//! `cargo admin`: an example and not a binary, so that cargo-lambda does not take it for a function.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    admin::main().await
}
