//! How a call proves who it is: what the document says, not how it is sent.

use super::components::Components;
use super::fields::{Fields, Findings};
use super::template::{Place, Scope, Templated};
use serde_json::Value;

/// DSL reference, "Authentication".
#[derive(Debug)]
pub(crate) enum Authentication {
    Basic {
        username: Templated,
        password: Templated,
    },
    Bearer {
        token: Templated,
    },
    /// RFC 7616: proven once the server has challenged.
    Digest {
        username: Templated,
        password: Templated,
    },
    /// The grant `client_credentials` (RFC 6749, section 4.4).
    ClientCredentials(Box<ClientCredentials>),
}

/// How to get a token.
#[derive(Debug)]
pub(crate) struct ClientCredentials {
    pub(crate) authority: Templated,
    /// The path of the token endpoint below the authority.
    pub(crate) token_path: Templated,
    pub(crate) client_id: Templated,
    pub(crate) client_secret: Templated,
    /// Whether the client proves itself in a header (`client_secret_basic`), rather than in the body.
    pub(crate) is_in_header: bool,
    pub(crate) scopes: Option<Templated>,
    pub(crate) audiences: Option<Templated>,
}

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
        Self::parse(value, &pointer, at, findings)
    }

    pub(super) fn parse(
        value: &Value,
        pointer: &str,
        at: (&Scope, Place),
        findings: &mut Findings,
    ) -> Option<Self> {
        let mut fields = Fields::of(value, pointer, findings)?;
        for kind in ["certificate", "oidc"] {
            fields.refuse(
                kind,
                "this kind of authentication is not supported",
                findings,
            );
        }
        let basic = fields.object("basic", findings);
        let digest = fields.object("digest", findings);
        let bearer = fields.object("bearer", findings);
        let oauth2 = fields.object("oauth2", findings);
        fields.end(findings);
        if let Some(mut basic) = basic {
            let (username, password) = credentials(&mut basic, at, findings);
            basic.end(findings);
            return Some(Self::Basic {
                username: username?,
                password: password?,
            });
        }
        if let Some(mut digest) = digest {
            let (username, password) = credentials(&mut digest, at, findings);
            digest.end(findings);
            return Some(Self::Digest {
                username: username?,
                password: password?,
            });
        }
        if let Some(mut bearer) = bearer {
            let token = required(&mut bearer, "token", at, findings);
            bearer.end(findings);
            return Some(Self::Bearer { token: token? });
        }
        if let Some(oauth2) = oauth2 {
            let credentials = ClientCredentials::parse(oauth2, at, findings)?;
            return Some(Self::ClientCredentials(Box::new(credentials)));
        }
        findings.add(pointer, "needs one of basic, bearer, digest and oauth2");
        None
    }
}

/// A user's name and password.
fn credentials(
    fields: &mut Fields<'_>,
    at: (&Scope, Place),
    findings: &mut Findings,
) -> (Option<Templated>, Option<Templated>) {
    let username = required(fields, "username", at, findings);
    (username, required(fields, "password", at, findings))
}

fn required(
    fields: &mut Fields<'_>,
    name: &str,
    at: (&Scope, Place),
    findings: &mut Findings,
) -> Option<Templated> {
    fields.require(name, findings);
    fields.template(name, at, findings)
}

impl ClientCredentials {
    fn parse(mut fields: Fields<'_>, at: (&Scope, Place), findings: &mut Findings) -> Option<Self> {
        let authority = required(&mut fields, "authority", at, findings);
        fields.require("grant", findings);
        if fields
            .text("grant", findings)
            .is_some_and(|grant| grant != "client_credentials")
        {
            findings.add(&fields.at("grant"), "only client_credentials is supported");
        }
        let token_path = token_path(&mut fields, at, findings);
        let client = client(&mut fields, at, findings);
        let scopes = fields.template("scopes", at, findings);
        let audiences = fields.template("audiences", at, findings);
        fields.refuse("request", "tokens are asked for as a form", findings);
        fields.ignore("issuers");
        fields.end(findings);
        let (client_id, client_secret, is_in_header) = client?;
        Some(Self {
            authority: authority?,
            token_path: token_path.unwrap_or_else(|| Templated::text("/oauth2/token")),
            client_id,
            client_secret,
            is_in_header,
            scopes,
            audiences,
        })
    }
}

/// `endpoints.token`.
fn token_path(
    fields: &mut Fields<'_>,
    at: (&Scope, Place),
    findings: &mut Findings,
) -> Option<Templated> {
    let mut endpoints = fields.object("endpoints", findings)?;
    let token = endpoints.template("token", at, findings);
    endpoints.ignore("revocation");
    endpoints.ignore("introspection");
    endpoints.end(findings);
    token
}

/// The client's id and secret, and whether they go into a header.
fn client(
    fields: &mut Fields<'_>,
    at: (&Scope, Place),
    findings: &mut Findings,
) -> Option<(Templated, Templated, bool)> {
    fields.require("client", findings);
    let mut client = fields.object("client", findings)?;
    let id = required(&mut client, "id", at, findings);
    let secret = required(&mut client, "secret", at, findings);
    let is_in_header = match client.text("authentication", findings) {
        Some("client_secret_basic") => true,
        None | Some("client_secret_post") => false,
        Some(_) => {
            let reason = "must be client_secret_basic or client_secret_post";
            findings.add(&client.at("authentication"), reason);
            false
        }
    };
    client.end(findings);
    Some((id?, secret?, is_in_header))
}
