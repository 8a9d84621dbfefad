//! Requests to the API's own handlers in this process, with the visitor's key. The one place that makes them.

use lambda_http::http::Request as HttpRequest;
use lambda_http::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue};
use lambda_http::request::RequestContext;
use lambda_http::{Body, Context, Request, RequestExt as _, Response};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::read_units::ReadUnits;
use crate::refusal::Refusal;
use crate::{App, json};

/// What a segment of a path keeps as it is (RFC 3986 section 2.3).
const NOT_IN_A_SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// What the gateway said of the visitor's request, which it would say of the visitor's own calls of the API, too.
pub(crate) struct Origin {
    context: Option<RequestContext>,
    lambda: Context,
    host: Option<HeaderValue>,
    scheme: Option<HeaderValue>,
}

impl Origin {
    pub(crate) fn of(request: &Request) -> Self {
        let context = request.request_context_ref().cloned();
        let header = |name: &str| request.headers().get(name).cloned();
        Self {
            context: context.map(without_route),
            lambda: request.lambda_context_ref().cloned().unwrap_or_default(),
            host: header("host"),
            scheme: header("x-forwarded-proto"),
        }
    }
}

/// The route is the console's, and not that of the call.
fn without_route(context: RequestContext) -> RequestContext {
    match context {
        RequestContext::ApiGatewayV2(mut v2) => {
            v2.route_key = None;
            RequestContext::ApiGatewayV2(v2)
        }
        other => other,
    }
}

/// The API as one visitor may use it.
#[derive(Clone, Copy)]
pub(crate) struct Api<'a> {
    app: &'a App,
    origin: &'a Origin,
    key: &'a str,
    units: &'a ReadUnits,
}

/// The function that serves a path.
#[derive(Debug, PartialEq, Eq)]
enum Function {
    Register,
    History,
}

impl<'a> Api<'a> {
    /// What the calls read is counted there.
    pub(crate) fn new(
        app: &'a App,
        origin: &'a Origin,
        key: &'a str,
        units: &'a ReadUnits,
    ) -> Self {
        Self {
            app,
            origin,
            key,
            units,
        }
    }

    /// What the calls so far have read.
    pub(crate) fn units(&self) -> &ReadUnits {
        self.units
    }

    /// One page of the executions of one workflow, which costs by its rows.
    pub(crate) async fn executions_of_one(&self, query: &[(&str, &str)]) -> Result<Value, Refusal> {
        let path = with_query("/v1/executions", query);
        let page = parsed(&self.answer("GET", &path, None, None).await?);
        self.units.count_list(json::items(&page).len());
        Ok(page)
    }

    /// What a `GET` with these parameters answers.
    pub(crate) async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, Refusal> {
        let answer = self
            .call("GET", &with_query(path, query), None, None)
            .await?;
        Ok(parsed(&answer))
    }

    /// The same; nothing where there is no such thing.
    pub(crate) async fn get_if_found(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Option<Value>, Refusal> {
        match self.get(path, query).await {
            Ok(found) => Ok(Some(found)),
            Err(refusal) if refusal.text("code") == "NOT_FOUND" => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }

    /// What a request with a JSON body answers; without one where it is `null`. An answer without a body is `null`.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        body: &Value,
    ) -> Result<Value, Refusal> {
        let body = Some(body).filter(|body| !body.is_null());
        let answer = self.call(method, path, body, None).await?;
        Ok(parsed(&answer))
    }

    /// The same under an `Idempotency-Key`, so that a form that is sent twice acts once.
    pub(crate) async fn send_once(
        &self,
        path: &str,
        body: &Value,
        once: &str,
    ) -> Result<Value, Refusal> {
        let once = Some(once).filter(|once| !once.is_empty());
        let answer = self.call("POST", path, Some(body), once).await?;
        Ok(parsed(&answer))
    }

    /// The bytes that a `GET` answers.
    pub(crate) async fn bytes(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Vec<u8>, Refusal> {
        let answer = self
            .call("GET", &with_query(path, query), None, None)
            .await?;
        Ok(answer.body().as_ref().to_vec())
    }

    async fn call(
        &self,
        method: &str,
        target: &str,
        body: Option<&Value>,
        once: Option<&str>,
    ) -> Result<Response<Body>, Refusal> {
        let answer = self.answer(method, target, body, once).await;
        let body = answer.as_ref().map(Response::body);
        self.units
            .count_answer(body.map_or(0, |body| body.as_ref().len()));
        answer
    }

    async fn answer(
        &self,
        method: &str,
        target: &str,
        body: Option<&Value>,
        once: Option<&str>,
    ) -> Result<Response<Body>, Refusal> {
        let path = target.split('?').next().unwrap_or_default();
        let request = self.request(method, target, body, once);
        let request = request.ok_or_else(Refusal::not_found)?;
        let response = match function_of(path) {
            Function::Register => Box::pin(register::handle(&self.app.register, request)).await,
            Function::History => Box::pin(history::handle(&self.app.history, request)).await,
        };
        if response.status().is_success() {
            Ok(response)
        } else {
            Err(Refusal::read(response.status(), &parsed(&response)))
        }
    }

    /// `None` where the visitor wrote what no URI has.
    fn request(
        &self,
        method: &str,
        target: &str,
        body: Option<&Value>,
        once: Option<&str>,
    ) -> Option<Request> {
        let mut request = HttpRequest::builder()
            .method(method)
            .uri(target)
            .header(AUTHORIZATION, format!("Bearer {}", self.key));
        for (name, value) in [
            (HOST.as_str(), &self.origin.host),
            ("x-forwarded-proto", &self.origin.scheme),
        ] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        if let Some(once) = once {
            request = request.header("idempotency-key", once);
        }
        let body = match body {
            Some(body) => {
                request = request.header(CONTENT_TYPE, "application/json");
                Body::Text(body.to_string())
            }
            None => Body::Empty,
        };
        let path = target.split('?').next().unwrap_or_default();
        let request = request.body(body).ok()?;
        let request = request
            .with_raw_http_path(path)
            .with_lambda_context(self.origin.lambda.clone());
        Some(match &self.origin.context {
            Some(context) => request.with_request_context(context.clone()),
            None => request,
        })
    }
}

/// Which function the template sends a path to.
fn function_of(path: &str) -> Function {
    let mut segments = path.split('/').skip(2);
    let is_of_history = match segments.next() {
        Some("executions" | "replays" | "deliveries") => true,
        Some("subscriptions") => path.ends_with("/recover"),
        Some("workflows") => path.ends_with("/test"),
        _ => false,
    };
    if is_of_history {
        Function::History
    } else {
        Function::Register
    }
}

fn parsed(response: &Response<Body>) -> Value {
    serde_json::from_slice(response.body().as_ref()).unwrap_or_default()
}

/// Text as one segment of a path.
pub(crate) fn segment(text: &str) -> String {
    utf8_percent_encode(text, NOT_IN_A_SEGMENT).to_string()
}

/// A path with a query of the parameters that are not empty.
pub(crate) fn with_query(path: &str, query: &[(&str, &str)]) -> String {
    let mut written = form_urlencoded::Serializer::new(String::new());
    for (name, value) in query.iter().filter(|(_, value)| !value.is_empty()) {
        written.append_pair(name, value);
    }
    match written.finish() {
        query if query.is_empty() => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_handed_to_the_function_that_the_template_sends_it_to() {
        let manifest = include_str!("../../../Cargo.toml");
        let manifest: toml::Value = toml::from_str(manifest).unwrap();
        let router = &manifest["workspace"]["metadata"]["lambda"]["watch"]["router"];
        let mut compared = 0;
        for (path, routes) in router.as_table().unwrap() {
            let is_management = path.starts_with("/v1/")
                && !path.starts_with("/v1/webhook")
                && !path.starts_with("/v1/openapi/");
            if !is_management {
                continue;
            }
            for route in routes.as_array().unwrap() {
                let expected = match route["function"].as_str().unwrap() {
                    "history" => Function::History,
                    _ => Function::Register,
                };
                assert_eq!(function_of(path), expected, "{path}");
                compared += 1;
            }
        }
        assert!(compared > 50, "{compared}");
    }

    #[test]
    fn what_a_visitor_writes_stays_one_segment_or_parameter() {
        assert_eq!(segment("a/../b?c#d"), "a%2F..%2Fb%3Fc%23d");
        let written = with_query("/v1/executions", &[("deliveryId", "a&b=c"), ("status", "")]);
        assert_eq!(written, "/v1/executions?deliveryId=a%26b%3Dc");
    }
}
