//! Answers to browsers: pages, redirections and downloads, each with the headers that keep a page from running or showing
//! what is not the console's.

use api::SEE_OTHER;
use lambda_http::http::StatusCode;
use lambda_http::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName,
    HeaderValue, LOCATION, REFERRER_POLICY, SET_COOKIE, X_CONTENT_TYPE_OPTIONS,
};
use lambda_http::{Body, Response};
use maud::Markup;

/// No code and no style but the console's own files, no frame, no form to another host.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // Forms of the same origin have to say where they come from.
    (REFERRER_POLICY, "same-origin"),
    (CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("x-frame-options"), "DENY"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
];

/// A page.
pub(crate) fn page(status: StatusCode, markup: Markup) -> Response<Body> {
    let mut response = with_headers(Body::Text(markup.into_string()), "text/html; charset=utf-8");
    *response.status_mut() = status;
    response
}

/// On to a path of the console, by a `GET`.
pub(crate) fn see_other(path: &str) -> Response<Body> {
    let mut response = with_headers(Body::Empty, "text/html; charset=utf-8");
    *response.status_mut() = SEE_OTHER;
    let location = HeaderValue::from_str(path);
    let location = location.unwrap_or(HeaderValue::from_static("/console"));
    response.headers_mut().insert(LOCATION, location);
    response
}

/// Bytes to be saved as a file, of a type that no browser shows.
pub(crate) fn download(bytes: Vec<u8>, name: &str) -> Response<Body> {
    let mut response = with_headers(Body::Binary(bytes), "application/octet-stream");
    // The name is made of an id.
    let disposition = format!("attachment; filename=\"{name}\"");
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        let headers = response.headers_mut();
        headers.insert(CONTENT_DISPOSITION, disposition);
    }
    response
}

/// The response with one more cookie.
pub(crate) fn with_cookie(mut response: Response<Body>, cookie: &str) -> Response<Body> {
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// A file of the console, which is another one at another address.
pub(crate) fn asset(content: &'static str, content_type: &'static str) -> Response<Body> {
    let mut response = with_headers(Body::Text(content.to_owned()), content_type);
    response.headers_mut().insert(
        CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=31536000, immutable"),
    );
    response
}

fn with_headers(body: Body, content_type: &'static str) -> Response<Body> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
