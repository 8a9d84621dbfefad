//! `GET /healthz`: the function answers, without an API key and without a call to AWS.

use api::answer;
use lambda_http::{Body, Response};
use serde_json::json;

pub(crate) fn show() -> Response<Body> {
    answer::ok(&json!({"status": "ok"}))
}
