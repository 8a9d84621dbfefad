//! Logs: JSON lines on Lambda, readable text elsewhere; to stderr, filtered by `RUST_LOG`. It does not know what is
//! logged.

use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{self, FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::client::release::{COMMIT, VERSION};

/// Starts logging. To be called once, first thing in `main`.
pub fn init_logging() {
    let wanted = std::env::var("RUST_LOG").ok();
    let wanted = wanted.and_then(|text| text.parse().ok());
    let filter = wanted.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() {
        json_logs(filter, std::io::stderr).init();
    } else {
        let text = fmt::layer().with_writer(std::io::stderr);
        tracing_subscriber::registry()
            .with(filter)
            .with(text)
            .init();
    }
}

/// One JSON object a line: `version`, `commit`, `level`, `target`, `message` and the fields of the event, and under
/// `span` the ids of the request or message that it belongs to. CloudWatch adds the time.
///
/// `filter` selects events by module and level alone: a filter that also selects by the fields of spans brings a regex
/// engine into every function.
pub fn json_logs<W>(filter: Targets, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let json = fmt::layer()
        .json()
        .without_time()
        .flatten_event(true)
        .with_span_list(false)
        .map_event_format(WithRelease)
        .with_writer(writer);
    tracing_subscriber::registry().with(filter).with(json)
}

/// Puts the version and the commit of the build first in each line.
struct WithRelease<F>(F);

impl<S, N, F> FormatEvent<S, N> for WithRelease<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> std::fmt::Result {
        let mut line = String::new();
        self.0
            .format_event(context, Writer::new(&mut line), event)?;
        let fields = line.strip_prefix('{').ok_or(std::fmt::Error)?;
        write!(
            writer,
            r#"{{"version":"{VERSION}","commit":"{COMMIT}",{fields}"#
        )
    }
}
