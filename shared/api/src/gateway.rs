//! Runs an HTTP function behind a gateway. `lambda_http` makes a URI of each event, and panics where it cannot: what
//! the caller wrote into it is corrected before.

use std::convert::Infallible;

use lambda_http::http::header::{HOST, HeaderMap, HeaderValue};
use lambda_http::http::{HeaderName, Uri};
use lambda_http::lambda_runtime;
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Body, Error, LambdaEvent, Request, Response, Service, service_fn};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use url::Url;

const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The characters that no query of a URI has; the percent sign stays, because it begins an escape.
const NOT_IN_A_QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>');

/// Serves requests until the Lambda runtime ends the process.
pub async fn serve<'a, S>(service: S) -> Result<(), Error>
where
    S: Service<Request, Response = Response<Body>, Error = Infallible>,
    S::Future: Send + 'a,
{
    let mut adapter = Adapter::from(service);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<LambdaRequest>| {
        adapter.call(corrected(event))
    }))
    .await
}

/// An event from which a URI can be made: a `Host` or `X-Forwarded-Proto` that cannot be part of one gives way to what
/// the gateway knows, and characters that no query has are escaped.
#[must_use]
pub fn corrected(mut event: LambdaEvent<LambdaRequest>) -> LambdaEvent<LambdaRequest> {
    match &mut event.payload {
        LambdaRequest::ApiGatewayV2(request) => {
            correct_origin(
                &mut request.headers,
                &mut request.request_context.domain_name,
            );
            if let Some(query) = &mut request.raw_query_string {
                correct_query(query);
            }
        }
        LambdaRequest::ApiGatewayV1(request) => {
            correct_origin(
                &mut request.headers,
                &mut request.request_context.domain_name,
            );
            if !request.headers.contains_key(HOST) {
                request.multi_value_headers.remove(HOST);
            }
        }
        _ => {}
    }
    event
}

fn correct_origin(headers: &mut HeaderMap, domain_name: &mut Option<String>) {
    let scheme = headers.get(&FORWARDED_PROTO).map(HeaderValue::as_bytes);
    if !matches!(scheme, None | Some(b"http" | b"https")) {
        headers.remove(&FORWARDED_PROTO);
    }
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let is_the_gateways = host.is_some() && host == domain_name.as_deref();
    if !is_the_gateways && !host.is_some_and(can_be_a_host) {
        headers.remove(HOST);
    }
    if !headers.contains_key(HOST) {
        *domain_name = domain_name.take().filter(|name| can_be_a_host(name));
    }
}

fn can_be_a_host(text: &str) -> bool {
    let url = format!("https://{text}/");
    Url::parse(&url).is_ok_and(|url| url.as_str().parse::<Uri>().is_ok())
}

fn correct_query(query: &mut String) {
    if format!("/?{query}").parse::<Uri>().is_err() {
        *query = utf8_percent_encode(query, NOT_IN_A_QUERY).to_string();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lambda_http::{Context, RequestExt as _};
    use serde_json::{Value, json};

    fn event(host: &str, scheme: &str, query: &str) -> LambdaEvent<LambdaRequest> {
        let event = json!({
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": "/hooks/wf_1",
            "rawQueryString": query,
            "headers": {"host": host, "x-forwarded-proto": scheme},
            "requestContext": {
                "accountId": "1", "apiId": "api", "domainName": "edge.example", "stage": "$default",
                "http": {"method": "POST", "path": "/hooks/wf_1", "protocol": "HTTP/1.1",
                         "sourceIp": "192.0.2.1", "userAgent": "test"},
                "requestId": "req-1", "timeEpoch": 0,
            },
            "isBase64Encoded": false,
        });
        let request: LambdaRequest = serde_json::from_str(&event.to_string()).unwrap();
        LambdaEvent::new(request, Context::default())
    }

    /// The request that the function gets.
    async fn served(event: LambdaEvent<LambdaRequest>) -> Value {
        let service = service_fn(async |request: Request| {
            let uri = request.uri().to_string();
            assert_eq!(request.raw_http_path(), "/hooks/wf_1");
            Ok::<_, Infallible>(Response::new(Body::Text(uri)))
        });
        let answered = Adapter::from(service).call(corrected(event)).await;
        let answered = serde_json::to_value(answered.unwrap()).unwrap();
        answered["body"].clone()
    }

    #[tokio::test]
    async fn a_host_that_cannot_be_one_gives_way_to_the_gateways() {
        for host in [
            "a b",
            "a:b:c",
            "edge.example:99999",
            "[::1",
            "1.2.3.4.5",
            "",
        ] {
            let uri = served(event(host, "https", "a=1")).await;
            assert_eq!(uri, "https://edge.example/hooks/wf_1?a=1", "{host:?}");
        }
        let uri = served(event("other.example:8443", "http", "a=1")).await;
        assert_eq!(uri, "http://other.example:8443/hooks/wf_1?a=1");
    }

    #[tokio::test]
    async fn a_scheme_or_query_that_no_uri_has_is_corrected() {
        for scheme in ["1", "ht tp", "javascript"] {
            let uri = served(event("edge.example", scheme, "")).await;
            assert_eq!(uri, "https://edge.example/hooks/wf_1", "{scheme:?}");
        }
        let uri = served(event("edge.example", "https", "a=<\"x y\">&b=%20")).await;
        let escaped = "https://edge.example/hooks/wf_1?a=%3C%22x%20y%22%3E&b=%20";
        assert_eq!(uri, escaped);
    }
}
