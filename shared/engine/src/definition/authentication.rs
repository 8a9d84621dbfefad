//! How a call proves who it is: what the document says, not how it is sent.

use super::components::Components;
use super::fields::{Fields, Findings};
use super::template::{Place, Scope, Templated};
use serde_json::Value;

/// DSL reference, "Authentication".
#[derive(Debug)]
pub(crate) struct Authentication {
    pub(crate) scheme: Scheme,
    /// What the scheme needs, an object once it is evaluated. It may all come from a secret (`use`).
    pub(crate) settings: Templated,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Basic,
    Bearer,
    /// RFC 7616: proven once the server has challenged.
    Digest,
    /// RFC 6749: proven with a token that has to be asked for first.
    OAuth2,
    /// The same, at an endpoint that has to be found out first (OpenID Connect Discovery 1.0).
    OpenIdConnect,
}

const SCHEMES: &[(&str, Scheme)] = &[
    ("basic", Scheme::Basic),
    ("bearer", Scheme::Bearer),
    ("digest", Scheme::Digest),
    ("oauth2", Scheme::OAuth2),
    ("oidc", Scheme::OpenIdConnect),
];

/// The grants that need nobody at a browser.
const GRANTS: &[&str] = &[
    "client_credentials",
    "password",
    "urn:ietf:params:oauth:grant-type:token-exchange",
];

impl Authentication {
    /// Reads `authentication`: one itself, or the name of one.
    pub(super) fn referred(
        fields: &mut Fields<'_>,
        at: (&Scope, Place),
        components: Components<'_>,
        findings: &mut Findings,
    ) -> Option<Self> {
        let value = fields.take("authentication")?;
        let named = value.get("use").unwrap_or(value);
        let place = fields.at("authentication");
        let (value, pointer) = components.resolve("authentications", named, &place, findings)?;
        Self::parse(value, &pointer, at, components, findings)
    }

    pub(super) fn parse(
        value: &Value,
        pointer: &str,
        (scope, place): (&Scope, Place),
        components: Components<'_>,
        findings: &mut Findings,
    ) -> Option<Self> {
        let mut fields = Fields::of(value, pointer, findings)?;
        let reason = "certificates are not supported";
        fields.refuse("certificate", reason, findings);
        let Some((name, scheme)) = SCHEMES.iter().find(|(name, _)| fields.has(name)) else {
            let reason = "needs one of basic, bearer, digest, oauth2 and oidc";
            findings.add(pointer, reason);
            return None;
        };
        let given = fields.take(name)?;
        let pointer = fields.at(name);
        fields.end(findings);
        let mut fields = Fields::of(given, &pointer, findings)?;
        let settings = if fields.has("use") {
            secret(&mut fields, scope, place, components, findings)
        } else {
            scheme.check(&mut fields, findings);
            Templated::parse(given, &pointer, &scope.names(place), findings)
        };
        fields.end(findings);
        Some(Self {
            scheme: *scheme,
            settings,
        })
    }
}

/// `use`: the name of the secret that has it all.
fn secret(
    settings: &mut Fields<'_>,
    scope: &Scope,
    place: Place,
    components: Components<'_>,
    findings: &mut Findings,
) -> Templated {
    let name = settings.text("use", findings).unwrap_or_default();
    let pointer = settings.at("use");
    if !components.has_secret(name) {
        findings.add(&pointer, format!("there is no `{name}` in /use/secrets"));
    }
    let expression = Value::from(format!("$secrets[{}]", Value::from(name)));
    Templated::parse_expression(&expression, &pointer, &scope.names(place), findings)
}

impl Scheme {
    /// Checks what can be told before anything is evaluated.
    fn check(self, settings: &mut Fields<'_>, findings: &mut Findings) {
        let required: &[&str] = match self {
            Self::Basic | Self::Digest => &["username", "password"],
            Self::Bearer => &["token"],
            Self::OAuth2 | Self::OpenIdConnect => &["authority", "grant"],
        };
        for name in required {
            settings.require(name, findings);
        }
        match self {
            Self::Basic | Self::Digest | Self::Bearer => {}
            Self::OAuth2 | Self::OpenIdConnect => check_grant(self, settings, findings),
        }
    }
}

/// DSL reference, "OAUTH2 Authentication", "OpenIdConnect Authentication".
fn check_grant(scheme: Scheme, settings: &mut Fields<'_>, findings: &mut Findings) {
    one_of(settings, "grant", GRANTS, findings);
    for optional in ["scopes", "audiences", "issuers", "username", "password"] {
        settings.ignore(optional);
    }
    for token in ["subject", "actor"] {
        if let Some(mut token) = settings.object(token, findings) {
            token.require("token", findings);
            token.require("type", findings);
            token.end(findings);
        }
    }
    if scheme == Scheme::OAuth2
        && let Some(mut endpoints) = settings.object("endpoints", findings)
    {
        for endpoint in ["token", "revocation", "introspection"] {
            endpoints.ignore(endpoint);
        }
        endpoints.end(findings);
    }
    if let Some(mut request) = settings.object("request", findings) {
        let encodings = ["application/x-www-form-urlencoded", "application/json"];
        one_of(&mut request, "encoding", &encodings, findings);
        request.end(findings);
    }
    if let Some(client) = settings.object("client", findings) {
        check_client(client, findings);
    }
}

fn check_client(mut client: Fields<'_>, findings: &mut Findings) {
    let methods = [
        "client_secret_basic",
        "client_secret_post",
        "client_secret_jwt",
        "private_key_jwt",
        "none",
    ];
    let method = one_of(&mut client, "authentication", &methods, findings);
    match method.unwrap_or("client_secret_post") {
        "client_secret_basic" | "client_secret_post" => {
            client.require("id", findings);
            client.require("secret", findings);
        }
        // No key of the client is here to sign with: the document brings the signed assertion.
        "client_secret_jwt" | "private_key_jwt" => {
            client.require("assertion", findings);
        }
        _ => {}
    }
    for optional in ["id", "secret", "assertion"] {
        client.ignore(optional);
    }
    client.end(findings);
}

/// The text, where it is given and no expression; a problem when it is none of these.
fn one_of<'a>(
    fields: &mut Fields<'a>,
    name: &str,
    known: &[&str],
    findings: &mut Findings,
) -> Option<&'a str> {
    let text = fields.text(name, findings)?;
    if text.starts_with("${") {
        return None;
    }
    if !known.contains(&text) {
        let reason = format!("must be one of {}", known.join(", "));
        findings.add(&fields.at(name), reason);
    }
    Some(text)
}
