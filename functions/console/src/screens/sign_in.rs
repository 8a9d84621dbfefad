//! Signing in and out: an API key is exchanged for a session, and the session ends.

use api::Inbound;
use lambda_http::http::StatusCode;
use lambda_http::{Body, Response};
use maud::{Markup, html};
use serde_json::{Value, json};

use crate::api_calls::{Api, Origin};
use crate::layout::{bare, mark};
use crate::parts::problem;
use crate::read_units::ReadUnits;
use crate::refusal::Refusal;
use crate::session::Session;
use crate::visit::{Shown, Visit};
use crate::{App, forgery, notice, response};

/// The form.
pub(crate) fn form(inbound: &Inbound) -> Response<Body> {
    let next = inbound.parameter("next").unwrap_or_default();
    // The local gateway takes a code that is good; one that comes here was used before, or has ended.
    let is_spent = inbound.parameter("code").is_some();
    let sentence = notice::of(inbound).or(is_spent.then_some(LINK_ENDED));
    let shown = response::page(StatusCode::OK, markup(next, sentence, None));
    response::with_cookie(shown, &notice::clear_cookie())
}

const LINK_ENDED: &str =
    "The link was used before, or has ended. Sign in with a key, or start cargo dev again.";

fn markup(next: &str, sentence: Option<&str>, refusal: Option<&Refusal>) -> Markup {
    bare(
        "Sign in",
        &html! {
            h1 { (mark()) "Sign in to Sluice" }
            @if let Some(sentence) = sentence { p.notice role="status" { (sentence) } }
            @if let Some(refusal) = refusal { (problem(refusal)) }
            form.stack method="post" action="/console/sign-in" {
                input type="hidden" name="next" value=(next);
                label {
                    span { "API key" }
                    input type="password" name="key" required autofocus autocomplete="off" spellcheck="false" placeholder="sk_test_…";
                }
                button.main { "Sign in" }
            }
            p.hint {
                "The key is exchanged for a session of at most twelve hours, and is not kept. With the scope "
                code { "read" } " you see everything and change nothing."
            }
        },
    )
}

/// Exchanges the key for a session.
pub(crate) async fn sign_in(app: &App, origin: &Origin, inbound: &Inbound) -> Response<Body> {
    let field = |name: &str| {
        let mut fields = form_urlencoded::parse(&inbound.body);
        let found = fields.find(|(known, _)| known == name);
        found.map_or(String::new(), |(_, value)| value.trim().to_owned())
    };
    let (key, next) = (field("key"), field("next"));
    let made = if forgery::is_from_here(inbound) {
        make(app, origin, &key).await
    } else {
        Err(Refusal::forged())
    };
    match made {
        Ok(session) => response::with_cookie(
            response::see_other(local(&next)),
            &session.set_cookie(inbound),
        ),
        Err(refusal) => response::page(refusal.status, markup(&next, None, Some(&refusal))),
    }
}

async fn make(app: &App, origin: &Origin, key: &str) -> Result<Session, Refusal> {
    let units = ReadUnits::default();
    let api = Api::new(app, origin, key, &units);
    let made = api.send("POST", "/v1/sessions", &json!({})).await?;
    let session = Session::created(&made);
    if session.is_reader() {
        return Ok(session);
    }
    // It could show nothing.
    let api = Api::new(app, origin, &session.key, &units);
    api.send("DELETE", "/v1/sessions/current", &Value::Null)
        .await?;
    Err(Refusal::of_scope())
}

/// A page of the console alone, never of another host.
fn local(next: &str) -> &str {
    let is_local = next == "/console"
        || next.starts_with("/console/") && !next.contains('\\') && next.is_ascii();
    if is_local { next } else { "/console" }
}

/// Ends the session, here and in the API.
pub(crate) async fn sign_out(visit: &Visit<'_>) -> Shown {
    let ended = visit
        .api
        .send("DELETE", "/v1/sessions/current", &Value::Null)
        .await;
    match ended {
        Ok(_) => {}
        Err(refusal) if refusal.is_unauthorized() => {}
        Err(refusal) => return Err(refusal),
    }
    let left = visit.done("/console/sign-in", "signed-out");
    let clear = Session::clear_cookie(visit.inbound);
    Ok(response::with_cookie(left, &clear))
}

/// The session is not one that the API knows any more.
pub(crate) fn ended(inbound: &Inbound) -> Response<Body> {
    let left = response::see_other("/console/sign-in");
    let left = response::with_cookie(left, &notice::set_cookie("session-ended"));
    response::with_cookie(left, &Session::clear_cookie(inbound))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visitor_goes_on_to_the_console_alone() {
        assert_eq!(
            local("/console/executions?status=failed"),
            "/console/executions?status=failed"
        );
        for elsewhere in [
            "",
            "//evil.example",
            "https://evil.example/console/",
            "/consolex",
            "/console/\\evil",
        ] {
            assert_eq!(local(elsewhere), "/console", "{elsewhere}");
        }
    }
}
