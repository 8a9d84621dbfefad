//! Requests and responses as the AWS JSON and REST JSON protocols have them: what is sent, and which responses are errors. It
//! does not know the operations.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::http::Headers;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Failure;

/// A POST to a service.
#[derive(Debug)]
pub(crate) struct Request {
    /// Percent-encoded.
    pub(crate) path: String,
    pub(crate) content_type: &'static str,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

impl Request {
    /// Of the AWS JSON protocols, whose versions differ in the content type.
    pub(crate) fn aws_json(content_type: &'static str, target: String, body: &Value) -> Self {
        Self {
            path: "/".to_owned(),
            content_type,
            headers: vec![("x-amz-target", target)],
            body: body.to_string(),
        }
    }

    pub(super) fn into_http(self) -> Result<HttpRequest, BoxError> {
        let length = self.body.len().to_string();
        let mut request = HttpRequest::new(SdkBody::from(self.body));
        request.set_method("POST")?;
        request.set_uri(self.path)?;
        let headers = request.headers_mut();
        headers.insert("content-type", self.content_type);
        headers.insert("content-length", length);
        for (name, value) in self.headers {
            headers.try_insert(name, value)?;
        }
        Ok(request)
    }
}

/// What the service answered to a request that it carried out.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) headers: Headers,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn json<T: DeserializeOwned>(&self, service: &'static str) -> Result<T, Failure> {
        serde_json::from_slice(&self.body).map_err(|error| Failure::unreadable(service, &error))
    }
}

pub(super) fn read(response: &HttpResponse) -> Result<Response, OrchestratorError<ErrorMetadata>> {
    let body = response.body().bytes().unwrap_or_default();
    if !response.status().is_success() {
        return Err(OrchestratorError::operation(refusal(response, body)));
    }
    Ok(Response {
        headers: response.headers().clone(),
        body: body.to_vec(),
    })
}

/// The code may have a namespace before it (`com.amazonaws.lambda#…`) or a URL behind it
/// (Smithy 2.0, "AWS JSON 1.0 protocol", "Operation error serialization").
fn refusal(response: &HttpResponse, body: &[u8]) -> ErrorMetadata {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |names: &[&str]| names.iter().find_map(|name| body[*name].as_str());
    let header = response.headers().get("x-amzn-errortype");
    let code = header.or_else(|| text(&["code", "__type"]));
    let code = code.and_then(|code| code.split(':').next()?.rsplit('#').next());
    let message = text(&["message", "Message", "errorMessage"]);
    let error = ErrorMetadata::builder();
    match (code.filter(|code| !code.is_empty()), message) {
        (Some(code), message) => error.code(code).message(message.unwrap_or_default()),
        (None, Some(message)) => error.message(message),
        (None, None) => error.message(format!("status {}", response.status().as_u16())),
    }
    .build()
}
