//! Authentication of calls as the document describes it. The engine's `run` modules turn it into requests and headers.

use super::components::Components;
use super::diagnostics::Diagnostics;
use super::fields::Fields;
use super::scope::Site;
use super::template::Template;
use serde_json::Value;

/// DSL reference, "Authentication".
#[derive(Debug)]
pub(crate) struct Authentication {
    pub(crate) scheme: Scheme,
    /// The settings of the scheme; they evaluate to an object. All of them may come from one secret (`use`).
    pub(crate) settings: Template,
}

/// How a call authenticates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Basic,
    Bearer,
    /// RFC 7616: the credentials answer a challenge of the server.
    Digest,
    /// RFC 6749: an access token is requested first.
    OAuth2,
    /// As OAuth2, at a token endpoint that is discovered first (OpenID Connect Discovery 1.0).
    OpenIdConnect,
}

const SCHEMES: &[(&str, Scheme)] = &[
    ("basic", Scheme::Basic),
    ("bearer", Scheme::Bearer),
    ("digest", Scheme::Digest),
    ("oauth2", Scheme::OAuth2),
    ("oidc", Scheme::OpenIdConnect),
];

/// The grants that need no browser.
const GRANTS: &[&str] = &[
    "client_credentials",
    "password",
    "urn:ietf:params:oauth:grant-type:token-exchange",
];

impl Authentication {
    /// Reads `authentication`: an inline one, or the name of a component.
    pub(super) fn parse_reference(
        fields: &mut Fields<'_>,
        site: Site<'_>,
        components: Components<'_>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        let value = fields.take("authentication")?;
        let named = value.get("use").unwrap_or(value);
        let at = fields.at("authentication");
        let (value, pointer) = components.resolve("authentications", named, &at, diagnostics)?;
        Self::parse(value, &pointer, site, components, diagnostics)
    }

    pub(super) fn parse(
        value: &Value,
        pointer: &str,
        site: Site<'_>,
        components: Components<'_>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        let mut fields = Fields::of(value, pointer, diagnostics)?;
        let reason = "certificates are not supported";
        fields.refuse("certificate", reason, diagnostics);
        let Some((name, scheme)) = SCHEMES.iter().find(|(name, _)| fields.has(name)) else {
            let reason = "needs one of basic, bearer, digest, oauth2 and oidc";
            diagnostics.add(pointer, reason);
            return None;
        };
        let given = fields.take(name)?;
        let pointer = fields.at(name);
        fields.end(diagnostics);
        let mut fields = Fields::of(given, &pointer, diagnostics)?;
        let settings = if fields.has("use") {
            secret(&mut fields, site, components, diagnostics)
        } else {
            scheme.check(&mut fields, diagnostics);
            Template::parse(given, &pointer, site, diagnostics)
        };
        fields.end(diagnostics);
        Some(Self {
            scheme: *scheme,
            settings,
        })
    }
}

/// `use`: the name of the secret that holds all settings.
fn secret(
    settings: &mut Fields<'_>,
    site: Site<'_>,
    components: Components<'_>,
    diagnostics: &mut Diagnostics,
) -> Template {
    let name = settings.text("use", diagnostics).unwrap_or_default();
    let pointer = settings.at("use");
    if !components.has_secret(name) {
        diagnostics.add(&pointer, format!("there is no `{name}` in /use/secrets"));
    }
    let expression = Value::from(format!("$secrets[{}]", Value::from(name)));
    Template::parse_expression(&expression, &pointer, site, diagnostics)
}

impl Scheme {
    /// Checks what is known before anything is evaluated.
    fn check(self, settings: &mut Fields<'_>, diagnostics: &mut Diagnostics) {
        let required: &[&str] = match self {
            Self::Basic | Self::Digest => &["username", "password"],
            Self::Bearer => &["token"],
            Self::OAuth2 | Self::OpenIdConnect => &["authority", "grant"],
        };
        for name in required {
            settings.require(name, diagnostics);
        }
        match self {
            Self::Basic | Self::Digest | Self::Bearer => {}
            Self::OAuth2 | Self::OpenIdConnect => check_grant(self, settings, diagnostics),
        }
    }
}

/// DSL reference, "OAUTH2 Authentication", "OpenIdConnect Authentication".
fn check_grant(scheme: Scheme, settings: &mut Fields<'_>, diagnostics: &mut Diagnostics) {
    one_of(settings, "grant", GRANTS, diagnostics);
    for optional in ["scopes", "audiences", "issuers", "username", "password"] {
        settings.ignore(optional);
    }
    for token in ["subject", "actor"] {
        if let Some(mut token) = settings.object(token, diagnostics) {
            token.require("token", diagnostics);
            token.require("type", diagnostics);
            token.end(diagnostics);
        }
    }
    if scheme == Scheme::OAuth2
        && let Some(mut endpoints) = settings.object("endpoints", diagnostics)
    {
        for endpoint in ["token", "revocation", "introspection"] {
            endpoints.ignore(endpoint);
        }
        endpoints.end(diagnostics);
    }
    if let Some(mut request) = settings.object("request", diagnostics) {
        let encodings = ["application/x-www-form-urlencoded", "application/json"];
        one_of(&mut request, "encoding", &encodings, diagnostics);
        request.end(diagnostics);
    }
    if let Some(client) = settings.object("client", diagnostics) {
        check_client(client, diagnostics);
    }
}

fn check_client(mut client: Fields<'_>, diagnostics: &mut Diagnostics) {
    let methods = [
        "client_secret_basic",
        "client_secret_post",
        "client_secret_jwt",
        "private_key_jwt",
        "none",
    ];
    let method = one_of(&mut client, "authentication", &methods, diagnostics);
    match method.unwrap_or("client_secret_post") {
        "client_secret_basic" | "client_secret_post" => {
            client.require("id", diagnostics);
            client.require("secret", diagnostics);
        }
        // The engine has no key to sign with: the document brings the signed assertion.
        "client_secret_jwt" | "private_key_jwt" => {
            client.require("assertion", diagnostics);
        }
        _ => {}
    }
    for optional in ["id", "secret", "assertion"] {
        client.ignore(optional);
    }
    client.end(diagnostics);
}

/// The text, if it is given and no expression; a text that is not in the list is a problem.
fn one_of<'a>(
    fields: &mut Fields<'a>,
    name: &str,
    known: &[&str],
    diagnostics: &mut Diagnostics,
) -> Option<&'a str> {
    let text = fields.text(name, diagnostics)?;
    if text.starts_with("${") {
        return None;
    }
    if !known.contains(&text) {
        let reason = format!("must be one of {}", known.join(", "));
        diagnostics.add(&fields.at(name), reason);
    }
    Some(text)
}
