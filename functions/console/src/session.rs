//! The visitor's session: the key that `POST /v1/sessions` made, and its scopes, in a cookie that no script reads. The
//! scopes decide which buttons are shown; what a key may do, the API decides.

use std::net::IpAddr;

use api::Inbound;
use domain::limits::MAX_SESSION_SECS;
use serde_json::Value;

use crate::json;

/// Between the key and the scopes.
const SEPARATOR: char = '~';

/// What a cookie says of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) key: String,
    scopes: String,
}

impl Session {
    /// The session that the answer to `POST /v1/sessions` made.
    pub(crate) fn created(answer: &Value) -> Self {
        let scopes = json::list(answer, "scopes").iter();
        let scopes: Vec<&str> = scopes.filter_map(Value::as_str).collect();
        Self {
            key: json::text(answer, "key").to_owned(),
            scopes: scopes.join("."),
        }
    }

    /// The session of a request.
    pub(crate) fn of(inbound: &Inbound) -> Option<Self> {
        let value = cookie(inbound, cookie_name(inbound))?;
        let (key, scopes) = value.split_once(SEPARATOR)?;
        // The key is base64 for URLs.
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
        value.bytes().all(is_token).then(|| Self {
            key: key.to_owned(),
            scopes: scopes.to_owned(),
        })
    }

    /// Whether the key may change anything.
    pub(crate) fn is_admin(&self) -> bool {
        self.scopes.split('.').any(|scope| scope == "admin")
    }

    /// Whether the key may read.
    pub(crate) fn is_reader(&self) -> bool {
        self.is_admin() || self.scopes.split('.').any(|scope| scope == "read")
    }

    /// The environment that the key is for.
    pub(crate) fn environment(&self) -> &'static str {
        if self.key.starts_with("sk_live_") {
            "live"
        } else {
            "test"
        }
    }

    /// The header that keeps the session in the browser for as long as it can last.
    pub(crate) fn set_cookie(&self, inbound: &Inbound) -> String {
        let value = format!("{}{SEPARATOR}{}", self.key, self.scopes);
        written(inbound, &value, MAX_SESSION_SECS)
    }

    /// The header that removes it.
    pub(crate) fn clear_cookie(inbound: &Inbound) -> String {
        written(inbound, "", 0)
    }
}

/// The value of a cookie.
pub(crate) fn cookie<'a>(inbound: &'a Inbound, name: &str) -> Option<&'a str> {
    let pairs = inbound.header("cookie")?.split(';');
    let mut pairs = pairs.filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value)
}

/// Browsers refuse the prefix without `Secure`, and some refuse `Secure` on `http://localhost`.
fn cookie_name(inbound: &Inbound) -> &'static str {
    if is_plain_loopback(inbound) {
        "sluice"
    } else {
        "__Secure-sluice"
    }
}

fn written(inbound: &Inbound, value: &str, max_age_secs: u32) -> String {
    let name = cookie_name(inbound);
    let secure = if is_plain_loopback(inbound) {
        ""
    } else {
        "; Secure"
    };
    format!("{name}={value}; Path=/console; Max-Age={max_age_secs}; HttpOnly{secure}; SameSite=Lax")
}

/// Whether the browser speaks http to its own machine, as with `cargo dev`.
fn is_plain_loopback(inbound: &Inbound) -> bool {
    let host = inbound.header("host").unwrap_or_default();
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let is_loopback = name == "localhost"
        || name
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback());
    is_loopback && inbound.header("x-forwarded-proto") == Some("http")
}

#[cfg(test)]
mod tests {
    use lambda_http::http::Request;
    use lambda_http::{Body, RequestExt as _};
    use serde_json::json;

    use super::*;

    fn inbound(host: &str, scheme: &str, cookie: &str) -> Inbound {
        let request = Request::builder()
            .uri("/console")
            .header("host", host)
            .header("x-forwarded-proto", scheme)
            .header("cookie", cookie)
            .body(Body::Empty)
            .unwrap();
        Inbound::read(request.with_raw_http_path("/console"))
    }

    fn session() -> Session {
        Session::created(&json!({"key": "sk_live_x-_", "scopes": ["read", "publish"]}))
    }

    #[test]
    fn the_cookie_is_secure_except_on_this_machine() {
        let secure = "__Secure-sluice=sk_live_x-_~read.publish; Path=/console; Max-Age=43200; HttpOnly; Secure; SameSite=Lax";
        let plain =
            "sluice=sk_live_x-_~read.publish; Path=/console; Max-Age=43200; HttpOnly; SameSite=Lax";
        for (host, scheme, expected) in [
            ("hooks.example", "https", secure),
            ("hooks.example", "http", secure),
            ("localhost.example", "http", secure),
            ("127.0.0.1:8787", "https", secure),
            ("127.0.0.1:8787", "http", plain),
            ("localhost:8787", "http", plain),
            ("[::1]:8787", "http", plain),
        ] {
            let inbound = inbound(host, scheme, "");
            assert_eq!(session().set_cookie(&inbound), expected, "{host}");
        }
    }

    #[test]
    fn a_session_is_read_from_its_own_cookie_alone() {
        let read = |cookie: &str| Session::of(&inbound("hooks.example", "https", cookie));
        let found = read("a=b; __Secure-sluice=sk_live_x-_~read.publish").unwrap();
        assert_eq!(found, session());
        assert!(found.is_reader() && !found.is_admin());
        assert_eq!(found.environment(), "live");
        for other in [
            "",
            "sluice=sk_live_x~read",
            "__Secure-sluice=",
            "__Secure-sluice=a b~read",
        ] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
