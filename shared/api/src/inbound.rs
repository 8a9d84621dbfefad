//! An HTTP request as it came in through any gateway: API Gateway HTTP API (payload 2.0), REST API (payload 1.0) or a
//! function URL. It does not know routes, nor what the body means.

mod context;

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};

use domain::{Timestamp, TraceId, WebhookRequest};
use lambda_http::request::RequestContext;
use lambda_http::{Body, Request, RequestExt};
use percent_encoding::percent_decode_str;

use context::Context;

/// The parts of a request, decoded once.
#[derive(Debug)]
pub struct Inbound {
    /// In upper case.
    pub method: String,
    /// The segments of the path, without the stage. A slash at either end, or one after another, makes no segment.
    pub segments: Vec<String>,
    /// In the order of the URL; a REST API keeps the order within one name only.
    pub query: Vec<(String, String)>,
    /// Names in lower case; the values of a repeated header are joined with a comma.
    pub headers: Vec<(String, String)>,
    /// The raw bytes.
    pub body: Vec<u8>,
    /// The caller's address, as the gateway saw it. `X-Forwarded-For` is not read, because any caller can write it.
    pub source_ip: Option<IpAddr>,
    /// The gateway's id of the request.
    pub request_id: String,
    /// The route that the gateway matched, such as `GET /v1/executions/{executionId}`, without text of the caller.
    pub route: Option<String>,
    /// The trace of the sender, or else of X-Ray.
    pub trace_id: Option<TraceId>,
    /// Scheme, host and stage of the URL that the caller called.
    origin: String,
    /// Path and query as the caller wrote them, without the stage.
    target: String,
}

impl Inbound {
    /// Decodes a request.
    pub fn read(request: Request) -> Self {
        let query = query(&request);
        let headers = headers(&request);
        let context = Context::of(request.request_context_ref());
        let segments = segments(context.without_stage(request.raw_http_path()));
        let source_ip = context.source_ip.and_then(address);
        let request_id = context.request_id.unwrap_or_default().to_owned();
        let route = context.route.map(str::to_owned);
        let trace_id = trace_id(&request, &headers);
        let origin = origin(&headers, &context);
        let target = target(&request, &context);
        let (parts, body) = request.into_parts();
        Self {
            method: parts.method.as_str().to_owned(),
            segments,
            query,
            headers,
            body: bytes(body),
            source_ip,
            request_id,
            route,
            trace_id,
            origin,
            target,
        }
    }

    /// A header by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header == name)
            .map(|(_, value)| value.as_str())
    }

    /// The first value of a query parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(parameter, _)| parameter == name)
            .map(|(_, value)| value.as_str())
    }

    /// The base of webhook URLs, without a slash at the end: the one that is configured, or else that of this request.
    pub fn base_url<'a>(&'a self, configured: Option<&'a str>) -> &'a str {
        configured.unwrap_or(&self.origin).trim_end_matches('/')
    }

    /// The URL as the caller called it, with its query. A REST API hands the query over decoded, so there it may be
    /// written in another way.
    pub fn url(&self) -> String {
        format!("{}{}", self.origin, self.target)
    }

    /// The request as a workflow gets it.
    pub(crate) fn into_request(self, received_at: Timestamp) -> WebhookRequest {
        WebhookRequest {
            method: self.method,
            query: self.query,
            headers: self.headers,
            body: self.body,
            source_ip: self.source_ip,
            received_at,
            verified_by: None,
            parameters: Vec::new(),
        }
    }
}

fn target(request: &Request, context: &Context<'_>) -> String {
    let path = context.without_stage(request.raw_http_path());
    match request.uri().query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    }
}

fn segments(path: &str) -> Vec<String> {
    path.split('/')
        .filter(|segment| !segment.is_empty())
        .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
        .collect()
}

/// A REST API passes parameters on decoded, in a map; the other gateways pass on the query as it came.
fn query(request: &Request) -> Vec<(String, String)> {
    if let Some(RequestContext::ApiGatewayV1(_)) = request.request_context_ref() {
        let parameters = request.query_string_parameters();
        let mut pairs: Vec<(String, String)> = parameters
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        pairs.sort_by(|(left, _), (right, _)| left.cmp(right));
        return pairs;
    }
    let query = request.uri().query().unwrap_or_default();
    form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

/// RFC 9110 section 5.3: a repeated header is a list; cookies are joined by RFC 6265 section 5.4.
fn headers(request: &Request) -> Vec<(String, String)> {
    let headers = request.headers();
    headers
        .keys()
        .map(|name| {
            let values: Vec<Cow<'_, str>> = headers
                .get_all(name)
                .iter()
                .map(|value| String::from_utf8_lossy(value.as_bytes()))
                .collect();
            let separator = if name == "cookie" { "; " } else { ", " };
            (name.as_str().to_owned(), values.join(separator))
        })
        .collect()
}

/// An address with or without a port: behind a domain with mutual TLS the gateway gives both.
fn address(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse().ok().map(|address: SocketAddr| address.ip());
    text.parse().ok().or_else(with_port)
}

fn trace_id(request: &Request, headers: &[(String, String)]) -> Option<TraceId> {
    let sent = headers
        .iter()
        .find(|(name, _)| name == "traceparent")
        .and_then(|(_, value)| TraceId::of_traceparent(value.trim()));
    sent.or_else(|| {
        let context = request.lambda_context_ref()?;
        TraceId::of_xray(context.xray_trace_id.as_deref()?)
    })
}

fn bytes(body: Body) -> Vec<u8> {
    match body {
        Body::Text(text) => text.into_bytes(),
        Body::Binary(bytes) => bytes,
        _ => Vec::new(),
    }
}

fn origin(headers: &[(String, String)], context: &Context<'_>) -> String {
    let header = |name: &str| {
        headers
            .iter()
            .find(|(header, _)| header == name)
            .map(|(_, value)| value.as_str())
    };
    let scheme = header("x-forwarded-proto").unwrap_or("https");
    let host = header("host").or(context.domain_name).unwrap_or_default();
    match context.stage {
        Some(stage) => format!("{scheme}://{host}/{stage}"),
        None => format!("{scheme}://{host}"),
    }
}

#[cfg(test)]
mod tests;
