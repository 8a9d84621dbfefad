//! Logs: JSON lines on Lambda, readable text elsewhere; to stderr, filtered by `RUST_LOG`.

use tracing_subscriber::EnvFilter;

/// Call once, first thing in `main`.
pub fn init_logging() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() {
        // CloudWatch has the time of every line already.
        logs.json().without_time().flatten_event(true).init();
    } else {
        logs.init();
    }
}
