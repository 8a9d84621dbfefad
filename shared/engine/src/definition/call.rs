//! `call: http`: the request as the document describes it, and how its response is read.

use super::authentication::Authentication;
use super::components::Components;
use super::diagnostics::Diagnostics;
use super::fields::Fields;
use super::scope::Site;
use super::template::Template;
use serde_json::Value;

/// An HTTP request whose parts are templates.
#[derive(Debug)]
pub(crate) struct HttpRequest {
    pub(crate) method: String,
    pub(crate) uri: Template,
    pub(crate) headers: Option<Template>,
    pub(crate) query: Option<Template>,
    pub(crate) body: Option<Template>,
    pub(crate) options: CallOptions,
}

/// The options that every kind of call over HTTP has.
#[derive(Debug)]
pub(crate) struct CallOptions {
    pub(crate) authentication: Option<Authentication>,
    pub(crate) output: OutputFormat,
    /// Whether a status from 300 to 399 is a success.
    pub(crate) accepts_redirects: bool,
}

impl CallOptions {
    /// Reads `output` and `redirect`. The caller adds the authentication, whose property differs by kind of call.
    pub(super) fn parse(with: &mut Fields<'_>, diagnostics: &mut Diagnostics) -> Self {
        let output = output(with, diagnostics);
        let accepts_redirects = with.flag("redirect", diagnostics).unwrap_or(false);
        Self {
            authentication: None,
            output,
            accepts_redirects,
        }
    }
}

/// What a call outputs of its response (DSL reference, "HTTP Call", `output`).
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
        site: Site<'_>,
        components: Components<'_>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        let Some(mut with) = task.object("with", diagnostics) else {
            diagnostics.add(&task.pointer, "`with` is missing");
            return None;
        };
        let method = method(&mut with, diagnostics);
        let endpoint = endpoint(&mut with, site, components, diagnostics);
        let headers = with.template("headers", site, diagnostics);
        let query = with.template("query", site, diagnostics);
        let body = with.template("body", site, diagnostics);
        let options = CallOptions::parse(&mut with, diagnostics);
        with.end(diagnostics);
        let (method, (uri, authentication)) = (method?, endpoint?);
        Some(Self {
            method,
            uri,
            headers,
            query,
            body,
            options: CallOptions {
                authentication,
                ..options
            },
        })
    }
}

fn method(with: &mut Fields<'_>, diagnostics: &mut Diagnostics) -> Option<String> {
    with.require("method", diagnostics)?;
    let method = with.text("method", diagnostics)?.to_ascii_uppercase();
    if METHODS.contains(&method.as_str()) {
        return Some(method);
    }
    diagnostics.add(
        &with.at("method"),
        format!("must be one of {}", METHODS.join(", ")),
    );
    None
}

/// `endpoint`: a URI, a URI template, an expression, or an object with one of those as `uri`.
pub(super) fn endpoint(
    with: &mut Fields<'_>,
    site: Site<'_>,
    components: Components<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<(Template, Option<Authentication>)> {
    let endpoint = with.require("endpoint", diagnostics)?;
    let pointer = with.at("endpoint");
    if !endpoint.is_object() {
        return Some((uri(endpoint, &pointer, site, diagnostics)?, None));
    }
    let mut fields = Fields::of(endpoint, &pointer, diagnostics)?;
    let given = fields.require("uri", diagnostics);
    let uri = given.and_then(|given| uri(given, &fields.at("uri"), site, diagnostics));
    let authentication =
        Authentication::parse_reference(&mut fields, site, components, diagnostics);
    fields.end(diagnostics);
    Some((uri?, authentication))
}

fn uri(
    endpoint: &Value,
    pointer: &str,
    site: Site<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Template> {
    let Some(text) = endpoint.as_str() else {
        diagnostics.add(pointer, "must be a URI or an expression");
        return None;
    };
    let template = Template::parse(endpoint, pointer, site, diagnostics);
    if template.literal().is_some()
        && let Err(reason) = check_uri_template(text)
    {
        diagnostics.add(pointer, reason);
    }
    Some(template)
}

/// With every variable replaced by an example, the text must be an absolute HTTP URL.
fn check_uri_template(text: &str) -> Result<(), String> {
    let mut example = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (_, behind) = after
            .split_once('}')
            .ok_or("a `{` of the URI is not closed")?;
        example.push_str(before);
        example.push_str(example_value(&example, behind));
        rest = behind;
    }
    example.push_str(rest);
    match url::Url::parse(&example) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(()),
        Ok(_) => Err("the URI must begin with http:// or https://".to_owned()),
        Err(error) => Err(format!("not a URI: {error}")),
    }
}

/// A value of a variable that is valid at its position: a scheme, a port, or a letter elsewhere.
fn example_value(before: &str, behind: &str) -> &'static str {
    if before.is_empty() && behind.starts_with("://") {
        return "https";
    }
    let authority = before.split_once("://").map(|(_, authority)| authority);
    let authority = authority.filter(|authority| !authority.contains(['/', '?', '#']));
    let port = authority.and_then(|authority| authority.rsplit_once(':'));
    let is_port = port.is_some_and(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    // Before an `@` it is a password.
    let is_user = behind
        .split(['/', '?', '#'])
        .next()
        .is_some_and(|authority| authority.contains('@'));
    if is_port && !is_user { "1" } else { "x" }
}

fn output(with: &mut Fields<'_>, diagnostics: &mut Diagnostics) -> OutputFormat {
    match with.text("output", diagnostics) {
        None | Some("content") => OutputFormat::Content,
        Some("raw") => OutputFormat::Raw,
        Some("response") => OutputFormat::Response,
        Some(_) => {
            diagnostics.add(&with.at("output"), "must be raw, content or response");
            OutputFormat::Content
        }
    }
}
