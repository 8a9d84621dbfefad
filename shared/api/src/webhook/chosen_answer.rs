//! An answer that the owner of a trigger chose, or that a workflow gave, maybe out of what a stranger sent. It is sent so
//! that a browser neither runs it on our origin nor guesses its type: HTML in it can be shown, and do nothing.

use domain::{Answer, ExecutionId};
use lambda_http::http::StatusCode;
use lambda_http::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
    X_CONTENT_TYPE_OPTIONS,
};
use lambda_http::{Body, Response};

/// The execution that answers, or that the answer is about.
const EXECUTION_ID: HeaderName = HeaderName::from_static("sluice-execution-id");

/// The answer as it was chosen, in every profile alike.
pub(super) fn encode(answer: &Answer, execution: ExecutionId) -> Response<Body> {
    let mut response = Response::new(Body::Text(answer.body().to_owned()));
    // The domain checked the number, and the texts of the headers.
    *response.status_mut() = StatusCode::from_u16(answer.status()).unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for (name, value) in answer.headers() {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse()) {
            headers.insert(name, value);
        }
    }
    headers.extend(HeaderValue::from_str(answer.content_type()).map(|value| (CONTENT_TYPE, value)));
    let execution = HeaderValue::from_str(&execution.to_string());
    headers.extend(execution.map(|value| (EXECUTION_ID, value)));
    isolate(headers);
    response
}

/// Of whatever a stranger chose: no script, form, frame or plug-in of it runs on our origin, under any content type.
fn isolate(headers: &mut HeaderMap) {
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use domain::AnswerParts;

    use super::*;

    #[test]
    fn html_of_a_stranger_is_sent_so_that_it_can_do_nothing() {
        let parts = AnswerParts {
            status: Some(201),
            content_type: Some("text/html".to_owned()),
            headers: BTreeMap::from([("X-Hook-Secret".to_owned(), "s".to_owned())]),
            body: "<script>alert(1)</script>".to_owned(),
        };
        let id = ExecutionId::derived(&["e"]);
        let response = encode(&Answer::new(parts).unwrap(), id);
        assert_eq!(response.status().as_u16(), 201);
        let id = id.to_string();
        for (name, value) in [
            ("content-type", "text/html"),
            ("content-security-policy", "sandbox"),
            ("x-content-type-options", "nosniff"),
            ("x-hook-secret", "s"),
            ("cache-control", "no-store"),
            ("sluice-execution-id", id.as_str()),
        ] {
            assert_eq!(response.headers()[name], value);
        }
    }
}
