//! `GET /healthz`: answers which build runs, without an API key and without a call to AWS.

use api::answer;
use lambda_http::{Body, Response};
use serde_json::json;
use store::{COMMIT, VERSION};

pub(crate) fn show() -> Response<Body> {
    answer::ok(&json!({"status": "ok", "version": VERSION, "commit": COMMIT}))
}
