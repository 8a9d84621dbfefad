//! `call: http`: what the document says about a request and how its answer is read.

use super::authentication::Authentication;
use super::components::Components;
use super::fields::{Fields, Findings};
use super::template::{Place, Scope, Templated};
use serde_json::Value;

/// A request that is known once its expressions are evaluated.
#[derive(Debug)]
pub(crate) struct HttpRequest {
    pub(crate) method: String,
    pub(crate) uri: Templated,
    pub(crate) headers: Option<Templated>,
    pub(crate) query: Option<Templated>,
    pub(crate) body: Option<Templated>,
    pub(crate) exchange: Exchange,
}

/// What every kind of call over HTTP says about its answer, and about who makes it.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) authentication: Option<Authentication>,
    pub(crate) output: OutputFormat,
    /// Whether an answer of 300 to 399 is a success.
    pub(crate) accepts_redirects: bool,
}

impl Exchange {
    /// Reads `output` and `redirect`; the authentication stands elsewhere for each kind.
    pub(super) fn parse(with: &mut Fields<'_>, findings: &mut Findings) -> Self {
        let output = output(with, findings);
        let accepts_redirects = with.flag("redirect", findings).unwrap_or(false);
        Self {
            authentication: None,
            output,
            accepts_redirects,
        }
    }
}

/// What becomes of an answer (DSL reference, "HTTP Call", `output`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OutputFormat {
    /// The body, base64.
    Raw,
    /// The body, parsed by its content type.
    Content,
    /// Request, status, headers and parsed body.
    Response,
}

const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

impl HttpRequest {
    /// Reads the `with` of a task that calls `http`.
    pub(super) fn parse(
        task: &mut Fields<'_>,
        at: (&Scope, Place),
        components: Components<'_>,
        findings: &mut Findings,
    ) -> Option<Self> {
        let Some(mut with) = task.object("with", findings) else {
            findings.add(&task.pointer, "`with` is missing");
            return None;
        };
        let method = method(&mut with, findings);
        let endpoint = endpoint(&mut with, at, components, findings);
        let headers = with.template("headers", at, findings);
        let query = with.template("query", at, findings);
        let body = with.template("body", at, findings);
        let exchange = Exchange::parse(&mut with, findings);
        with.end(findings);
        let (method, (uri, authentication)) = (method?, endpoint?);
        Some(Self {
            method,
            uri,
            headers,
            query,
            body,
            exchange: Exchange {
                authentication,
                ..exchange
            },
        })
    }
}

fn method(with: &mut Fields<'_>, findings: &mut Findings) -> Option<String> {
    with.require("method", findings)?;
    let method = with.text("method", findings)?.to_ascii_uppercase();
    if METHODS.contains(&method.as_str()) {
        return Some(method);
    }
    findings.add(
        &with.at("method"),
        format!("must be one of {}", METHODS.join(", ")),
    );
    None
}

/// `endpoint`: a URI, a URI template, an expression, or an object with one of those as `uri`.
pub(super) fn endpoint(
    with: &mut Fields<'_>,
    at: (&Scope, Place),
    components: Components<'_>,
    findings: &mut Findings,
) -> Option<(Templated, Option<Authentication>)> {
    let endpoint = with.require("endpoint", findings)?;
    let pointer = with.at("endpoint");
    if !endpoint.is_object() {
        return Some((uri(endpoint, &pointer, at, findings)?, None));
    }
    let mut fields = Fields::of(endpoint, &pointer, findings)?;
    let given = fields.require("uri", findings);
    let uri = given.and_then(|given| uri(given, &fields.at("uri"), at, findings));
    let authentication = Authentication::referred(&mut fields, at, components, findings);
    fields.end(findings);
    Some((uri?, authentication))
}

fn uri(
    endpoint: &Value,
    pointer: &str,
    (scope, place): (&Scope, Place),
    findings: &mut Findings,
) -> Option<Templated> {
    let Some(text) = endpoint.as_str() else {
        findings.add(pointer, "must be a URI or an expression");
        return None;
    };
    let templated = Templated::parse(endpoint, pointer, &scope.names(place), findings);
    if templated.literal().is_some()
        && let Err(reason) = check_uri_template(text)
    {
        findings.add(pointer, reason);
    }
    Some(templated)
}

/// With every variable set to a letter, it must be an absolute HTTP URL.
fn check_uri_template(text: &str) -> Result<(), String> {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (_, behind) = after
            .split_once('}')
            .ok_or("a `{` of the URI is not closed")?;
        plain.push_str(before);
        plain.push('x');
        rest = behind;
    }
    plain.push_str(rest);
    match url::Url::parse(&plain) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(()),
        Ok(_) => Err("the URI must begin with http:// or https://".to_owned()),
        Err(error) => Err(format!("not a URI: {error}")),
    }
}

fn output(with: &mut Fields<'_>, findings: &mut Findings) -> OutputFormat {
    match with.text("output", findings) {
        None | Some("content") => OutputFormat::Content,
        Some("raw") => OutputFormat::Raw,
        Some("response") => OutputFormat::Response,
        Some(_) => {
            findings.add(&with.at("output"), "must be raw, content or response");
            OutputFormat::Content
        }
    }
}
