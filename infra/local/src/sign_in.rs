//! The way into the console without typing a key: a code that stands for one, is used once, and ends soon; and `/`, which
//! leads to the console. The deployed stack has neither. Does not know what the console makes of a key.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::{Clock, Timestamp};
use http::Method;
use http::header::{CONTENT_TYPE, HOST, HeaderValue, ORIGIN};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::random;

/// The page with the form for a key.
const PATH: &str = "/console/sign-in";
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");
/// How long a code can be used.
const CODE_MINUTES: i64 = 10;

/// The code that can be used now.
#[derive(Clone)]
pub(crate) struct SignIn {
    code: Arc<Mutex<Option<Code>>>,
    clock: Clock,
}

struct Code {
    text: String,
    key: String,
    ends_at: Timestamp,
}

impl SignIn {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            code: Arc::default(),
            clock,
        }
    }

    /// The path that signs in with a key, once; the path before it ends.
    pub(crate) fn path_for(&self, key: &str) -> String {
        let code = Code {
            text: random::hex(&random::bytes::<16>()),
            key: key.to_owned(),
            ends_at: (self.clock)().plus_secs(CODE_MINUTES * 60),
        };
        let path = format!("{PATH}?code={}", code.text);
        *self.code.lock().unwrap_or_else(PoisonError::into_inner) = Some(code);
        path
    }

    /// The key that a code stands for.
    fn take(&self, text: &str) -> Option<String> {
        let mut code = self.code.lock().unwrap_or_else(PoisonError::into_inner);
        let now = (self.clock)();
        let is_good = |code: &mut Code| code.text == text && now < code.ends_at;
        code.take_if(is_good).map(|code| code.key)
    }

    /// The gateway with both ways in before it.
    pub(crate) fn before(self, gateway: Router) -> Router {
        gateway.layer(from_fn_with_state(self, answer))
    }
}

async fn answer(State(sign_in): State<SignIn>, request: Request, next: Next) -> Response {
    if request.method() != Method::GET {
        return next.run(request).await;
    }
    match request.uri().path() {
        "/" => Redirect::temporary("/console").into_response(),
        PATH => {
            let query = request.uri().query().unwrap_or_default();
            let key = query
                .strip_prefix("code=")
                .and_then(|code| sign_in.take(code));
            let request = match key {
                Some(key) => form(&request, &key),
                None => request,
            };
            next.run(request).await
        }
        _ => next.run(request).await,
    }
}

/// The form of the console as a visitor would send it who typed the key.
fn form(asked: &Request, key: &str) -> Request {
    let key = utf8_percent_encode(key, NON_ALPHANUMERIC);
    let mut request = Request::new(Body::from(format!("key={key}")));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = PATH.parse().unwrap_or_default();
    let headers = request.headers_mut();
    headers.insert(CONTENT_TYPE, FORM);
    if let Some(host) = asked.headers().get(HOST) {
        headers.insert(HOST, host.clone());
        let origin = format!("http://{}", host.to_str().unwrap_or_default());
        if let Ok(origin) = HeaderValue::from_str(&origin) {
            headers.insert(ORIGIN, origin);
        }
    }
    if let Some(peer) = asked.extensions().get::<ConnectInfo<SocketAddr>>() {
        request.extensions_mut().insert(*peer);
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    #[test]
    fn a_code_is_used_once_and_ends() {
        let clock = ManualClock::at(1_000);
        let sign_in = SignIn::new(clock.clock());
        let code = |path: String| {
            path.split_once('=')
                .map(|(_, code)| code.to_owned())
                .unwrap()
        };
        let first = code(sign_in.path_for("key"));
        assert_eq!(sign_in.take("other"), None);
        assert_eq!(sign_in.take(&first), Some("key".to_owned()));
        assert_eq!(sign_in.take(&first), None);

        let second = code(sign_in.path_for("key"));
        clock.advance(CODE_MINUTES * 60_000);
        assert_eq!(sign_in.take(&second), None);
    }
}
