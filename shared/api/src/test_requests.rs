//! Requests for the tests of this crate.

use serde_json::Value;

use crate::inbound::Inbound;

/// A request without a body, query and headers.
pub(crate) fn empty() -> Inbound {
    Inbound::read(lambda_http::Request::default())
}

/// A request with this JSON body.
pub(crate) fn with_body(body: &Value) -> Inbound {
    let mut inbound = empty();
    inbound.body = body.to_string().into_bytes();
    inbound
}

/// A request with this query.
pub(crate) fn with_query(query: &[(&str, &str)]) -> Inbound {
    let mut inbound = empty();
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    inbound.query = query.iter().map(owned).collect();
    inbound
}
