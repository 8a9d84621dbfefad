//! `GET /healthz`: answers which build runs, without an API key and without a call to AWS.

use api::answer;
use api::resources::health;
use lambda_http::{Body, Response};
use store::{COMMIT, VERSION};

pub(crate) fn show() -> Response<Body> {
    answer::ok(&health::view(VERSION, COMMIT))
}
