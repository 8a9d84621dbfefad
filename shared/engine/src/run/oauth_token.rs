//! Access tokens of OAuth2 and OpenID Connect: the requests for discovery and for a token, and their responses.

use super::effect::CallResult;
use super::request::check_header;
use super::stage::OpenCall;
use crate::fault::{Fault, FaultKind};
use crate::json_text;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use url::Url;
use url::form_urlencoded;

const DISCOVERY: &str = "/.well-known/openid-configuration";
/// RFC 7523, section 2.2.
const JWT_ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The request for the OpenID Connect configuration (OpenID Connect Discovery 1.0, section 4).
pub(super) fn discovery(settings: &Value) -> Result<OpenCall, String> {
    let authority = required(settings, "/authority")?;
    let url = match authority.ends_with(DISCOVERY) {
        true => authority.to_owned(),
        false => format!("{}{DISCOVERY}", authority.trim_end_matches('/')),
    };
    Ok(OpenCall {
        method: "GET".to_owned(),
        url: http_url(&url)?,
        headers: vec![("accept".to_owned(), "application/json".to_owned())],
        authorization: None,
        body: None,
        upload: None,
    })
}

/// The URL of the token endpoint in the settings.
pub(super) fn endpoint(settings: &Value) -> Result<String, String> {
    let authority = required(settings, "/authority")?;
    let path = text(settings, "/endpoints/token").unwrap_or("/oauth2/token");
    Ok(format!(
        "{}/{}",
        authority.trim_end_matches('/'),
        path.trim_start_matches('/')
    ))
}

/// The request for a token (RFC 6749, sections 4.3 and 4.4; RFC 8693, section 2.1).
pub(super) fn request(settings: &Value, endpoint: &str) -> Result<OpenCall, String> {
    let grant = required(settings, "/grant")?;
    let mut pairs = vec![("grant_type", grant.to_owned())];
    let mut add = |name, value: &str| pairs.push((name, value.to_owned()));
    match grant {
        "client_credentials" => {}
        "password" => {
            add("username", required(settings, "/username")?);
            add("password", required(settings, "/password")?);
        }
        "urn:ietf:params:oauth:grant-type:token-exchange" => {
            add("subject_token", required(settings, "/subject/token")?);
            add("subject_token_type", required(settings, "/subject/type")?);
            if settings.pointer("/actor").is_some() {
                add("actor_token", required(settings, "/actor/token")?);
                add("actor_token_type", required(settings, "/actor/type")?);
            }
        }
        other => return Err(format!("the grant {other} is not supported")),
    }
    let authorization = client(settings, &mut add)?;
    for (name, pointer) in [("scope", "/scopes"), ("audience", "/audiences")] {
        if let Some(words) = settings.pointer(pointer) {
            add(name, &spaced(words));
        }
    }
    let (kind, body) = encode_body(settings, &pairs);
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Ok(OpenCall {
        method: "POST".to_owned(),
        url: http_url(endpoint)?,
        headers: vec![
            header("content-type", kind),
            header("accept", "application/json"),
        ],
        authorization,
        body: Some(body),
        upload: None,
    })
}

/// Client authentication: the value of the `authorization` header, or parameters of the body.
fn client(
    settings: &Value,
    add: &mut impl FnMut(&'static str, &str),
) -> Result<Option<String>, String> {
    let method = text(settings, "/client/authentication").unwrap_or("client_secret_post");
    match method {
        "client_secret_basic" => {
            let id = required(settings, "/client/id")?;
            let secret = required(settings, "/client/secret")?;
            let pair = STANDARD.encode(format!("{id}:{secret}"));
            return Ok(Some(format!("Basic {pair}")));
        }
        "client_secret_post" if settings.pointer("/client").is_some() => {
            add("client_id", required(settings, "/client/id")?);
            add("client_secret", required(settings, "/client/secret")?);
        }
        "client_secret_jwt" | "private_key_jwt" => {
            if let Some(id) = text(settings, "/client/id") {
                add("client_id", id);
            }
            add("client_assertion_type", JWT_ASSERTION);
            add("client_assertion", required(settings, "/client/assertion")?);
        }
        "client_secret_post" | "none" => {
            if let Some(id) = text(settings, "/client/id") {
                add("client_id", id);
            }
        }
        other => {
            return Err(format!(
                "the client authentication {other} is not supported"
            ));
        }
    }
    Ok(None)
}

fn encode_body(settings: &Value, pairs: &[(&'static str, String)]) -> (&'static str, String) {
    if text(settings, "/request/encoding") == Some("application/json") {
        let object = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Value::from(value.as_str())));
        let body = Value::Object(object.collect::<Map<_, _>>()).to_string();
        return ("application/json", body);
    }
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(pairs);
    ("application/x-www-form-urlencoded", form.finish())
}

fn text<'s>(settings: &'s Value, pointer: &str) -> Option<&'s str> {
    settings.pointer(pointer)?.as_str()
}

/// The sentence does not quote the value, which may be a secret.
fn required<'s>(settings: &'s Value, pointer: &str) -> Result<&'s str, String> {
    let missing = || format!("the authentication needs a text at {pointer}");
    text(settings, pointer).ok_or_else(missing)
}

fn http_url(url: &str) -> Result<String, String> {
    match Url::parse(url) {
        Ok(parsed) if matches!(parsed.scheme(), "http" | "https") => Ok(url.to_owned()),
        Ok(_) | Err(_) => Err("the authority must be a URI of http or https".to_owned()),
    }
}

fn spaced(words: &Value) -> String {
    match words {
        Value::Array(words) => words
            .iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join(" "),
        Value::String(word) => word.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => String::new(),
    }
}

/// The access token in a response (RFC 6749, section 5.1), or an authentication error.
pub(super) fn token_in(result: CallResult, instance: &str) -> Result<String, Fault> {
    let token = response_field(result, "access_token", instance)?;
    match check_header("authorization", &token) {
        Ok(()) => Ok(token),
        Err(_) => Err(refused(
            "the authority returned no usable token".to_owned(),
            instance,
        )),
    }
}

/// The URL of the token endpoint in the OpenID Connect configuration.
pub(super) fn endpoint_in(result: CallResult, instance: &str) -> Result<String, Fault> {
    response_field(result, "token_endpoint", instance)
}

/// A text of an authority's response. The body stays out of the fault.
fn response_field(result: CallResult, name: &str, instance: &str) -> Result<String, Fault> {
    match result {
        CallResult::Response { status, body, .. } if (200..300).contains(&status) => {
            let response: Value = json_text::parse(&body).unwrap_or_default();
            let text = response
                .get(name)
                .and_then(Value::as_str)
                .map(str::to_owned);
            text.ok_or_else(|| refused(format!("the authority returned no `{name}`"), instance))
        }
        CallResult::Response { status, .. } => {
            let detail = format!("the authority responded with status {status}");
            Err(refused(detail, instance))
        }
        CallResult::Failed { detail, .. } => {
            let detail = format!("the authority could not be reached: {detail}");
            Err(refused(detail, instance))
        }
    }
}

fn refused(detail: String, instance: &str) -> Fault {
    FaultKind::Authentication.fault(detail, instance)
}
