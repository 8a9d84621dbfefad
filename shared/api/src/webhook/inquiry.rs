//! Answers that HTTP defines, the same in every profile: to `HEAD`, and to the preflight of CORS (Fetch standard, section
//! 3.2). No answer allows credentials: what a browser adds by itself, such as cookies, is never asked for.

use domain::HookMethod;
use lambda_http::http::StatusCode;
use lambda_http::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ALLOW, CACHE_CONTROL, HeaderName,
    HeaderValue, VARY,
};
use lambda_http::{Body, Response};

use crate::status::{NO_CONTENT, OK};

/// How long a browser may remember the answer to a preflight.
const PREFLIGHT_AGE_SECS: &str = "600";
/// The headers of our answers that a page may read.
const READABLE: &str = "location, retry-after, sluice-duplicate, sluice-execution-status";

/// A request that asks about a trigger, and starts nothing.
#[derive(Debug)]
pub enum Inquiry {
    /// Whether the URL works: it does.
    Head {
        /// The methods that the trigger allows.
        methods: Vec<HookMethod>,
    },
    /// Whether a page may call the trigger: it may.
    Preflight {
        /// The methods that the trigger allows.
        methods: Vec<HookMethod>,
    },
}

/// 200 with the methods that the trigger allows, or 204 with what a page may do.
pub fn encode(inquiry: &Inquiry) -> Response<Body> {
    match inquiry {
        Inquiry::Head { methods } => empty(OK, [(ALLOW, HookMethod::list(methods).as_str())]),
        Inquiry::Preflight { methods } => {
            let methods = HookMethod::list(methods);
            // Without credentials a star stands for every header but `Authorization`.
            let headers = [
                (ACCESS_CONTROL_ALLOW_METHODS, methods.as_str()),
                (ACCESS_CONTROL_ALLOW_HEADERS, "*"),
                (ACCESS_CONTROL_MAX_AGE, PREFLIGHT_AGE_SECS),
            ];
            empty(NO_CONTENT, headers)
        }
    }
}

/// Lets pages of an origin, or of every origin (`*`), read the answer.
pub fn allow_origin(response: &mut Response<Body>, origin: &str) {
    let Ok(origin) = HeaderValue::from_str(origin) else {
        return;
    };
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static(READABLE),
    );
    headers.insert(VARY, HeaderValue::from_static("origin"));
}

fn empty<const N: usize>(status: StatusCode, headers: [(HeaderName, &str); N]) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = status;
    let map = response.headers_mut();
    map.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for (name, value) in headers {
        map.extend(HeaderValue::from_str(value).map(|value| (name, value)));
    }
    response
}
