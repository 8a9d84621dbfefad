//! Logs: JSON lines on Lambda, readable text elsewhere; to stderr, filtered by `RUST_LOG`. It does
//! not know what is said.

use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Call once, first thing in `main`.
pub fn init_logging() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() {
        json_logs(filter, std::io::stderr).init();
    } else {
        tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .init();
    }
}

/// One JSON object a line: `level`, `target`, `message` and the fields of the event, and under
/// `span` the ids of the request or message that it belongs to. CloudWatch has the time already.
pub fn json_logs<W>(filter: EnvFilter, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        .json()
        .without_time()
        .flatten_event(true)
        .with_span_list(false)
        .finish()
}
