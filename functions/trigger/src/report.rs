//! What a container says of an answered webhook: a line in the log, and one with its metrics.

use api::{Code, answer};
use domain::Timestamp;
use lambda_http::{Body, Response};
use store::Count;

use crate::App;

impl App {
    /// Writes one line to the log, and one with the metrics.
    pub(crate) fn report(&self, response: &Response<Body>, began_at: Timestamp) {
        let metrics = &self.aws.metrics;
        let refusal = answer::refusal(response);
        match refusal {
            None => {}
            Some(Code::RateLimited) => metrics.count(Count::Limited, 1),
            Some(code) => metrics.refuse(code.as_str()),
        }
        let now = self.aws.now();
        tracing::info!(
            status = response.status().as_u16(),
            code = refusal.map(Code::as_str),
            ms = now.millis_since(began_at),
            "webhook answered"
        );
        metrics.flush(now);
    }
}
