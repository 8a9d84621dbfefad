//! How a trigger's requests prove who sent them, as JSON. A secret goes in, and comes out in the one answer to the request
//! that set it.

use domain::signature::{
    Algorithm, Authentication, Encoding, GenericHmac, InvalidScheme, SchemeKind, SchemeName,
    SigningSecret,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::body;
use crate::inbound::Inbound;
use crate::problem::Problem;

use super::checked_overlap;

/// How long an old secret goes on working after a rotation, where the request does not say: a day, in which the sender
/// gets the new one.
const DEFAULT_OVERLAP_SECS: u32 = 86_400;

/// What a client wants the authentication of a trigger to be.
#[derive(Debug)]
pub struct AuthenticationDraft {
    pub scheme: SchemeName,
    /// Without one, the trigger keeps the secret that it has, or gets a new one.
    pub secret: Option<SigningSecret>,
}

/// `secret` may be any JSON here, so that no refusal of its type quotes it.
#[derive(Deserialize)]
pub(super) struct Fields {
    scheme: Option<String>,
    secret: Option<Value>,
    algorithm: Option<String>,
    header: Option<String>,
    encoding: Option<String>,
    prefix: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rotation {
    secret: Option<Value>,
    overlap_seconds: Option<u32>,
}

/// A request for another secret.
#[derive(Debug)]
pub struct SecretRotation {
    pub secret: Option<SigningSecret>,
    /// Seconds that the old secret goes on working: 86,400 (a day) by default, at most 604,800 (7 days).
    pub overlap_secs: u32,
}

impl Fields {
    pub(super) fn read(self) -> Result<AuthenticationDraft, Problem> {
        let scheme = self.scheme()?;
        let secret = secret(&scheme, self.secret.as_ref(), "/authentication/secret")?;
        Ok(AuthenticationDraft { scheme, secret })
    }

    fn scheme(&self) -> Result<SchemeName, Problem> {
        let kind = self.scheme.as_deref().and_then(SchemeKind::parse);
        let kind = kind
            .ok_or_else(|| invalid("scheme", "A scheme is standard-webhooks, github or hmac."))?;
        match kind {
            SchemeKind::Hmac => Ok(SchemeName::Hmac(self.hmac()?)),
            SchemeKind::StandardWebhooks => self.fixed(SchemeName::StandardWebhooks),
            SchemeKind::Github => self.fixed(SchemeName::Github),
        }
    }

    /// `algorithm` (`sha256`), `header` (required), `encoding` (`hex`), `prefix` (empty).
    fn hmac(&self) -> Result<GenericHmac, Problem> {
        let algorithm = match self.algorithm.as_deref() {
            None => Algorithm::Sha256,
            Some(name) => Algorithm::parse(name)
                .ok_or_else(|| invalid("algorithm", "An algorithm is sha1, sha256 or sha512."))?,
        };
        let encoding = match self.encoding.as_deref() {
            None => Encoding::Hex,
            Some(name) => Encoding::parse(name)
                .ok_or_else(|| invalid("encoding", "An encoding is hex or base64."))?,
        };
        let header = self.header.as_deref();
        let header =
            header.ok_or_else(|| invalid("header", "Name the header of the signature."))?;
        let prefix = self.prefix.as_deref().unwrap_or_default();
        GenericHmac::new(algorithm, header, encoding, prefix).map_err(|error| match error {
            InvalidScheme::Header => invalid("header", format!("The header {error}.")),
            InvalidScheme::Prefix => invalid("prefix", format!("A prefix {error}.")),
        })
    }

    /// Of a scheme in which nothing is to be chosen.
    fn fixed(&self, scheme: SchemeName) -> Result<SchemeName, Problem> {
        let chosen = [
            ("algorithm", &self.algorithm),
            ("header", &self.header),
            ("encoding", &self.encoding),
            ("prefix", &self.prefix),
        ];
        match chosen.into_iter().find(|(_, value)| value.is_some()) {
            None => Ok(scheme),
            Some((name, _)) => {
                let detail = format!("The scheme {} has its own; remove it.", scheme.as_str());
                Err(invalid(name, detail))
            }
        }
    }
}

/// Reads a request to rotate the secret of a trigger with that scheme.
pub fn secret_rotation(inbound: &Inbound, scheme: &SchemeName) -> Result<SecretRotation, Problem> {
    let rotation: Rotation = body::typed(&body::object(inbound)?)?;
    Ok(SecretRotation {
        secret: secret(scheme, rotation.secret.as_ref(), "/secret")?,
        overlap_secs: checked_overlap(rotation.overlap_seconds.unwrap_or(DEFAULT_OVERLAP_SECS))?,
    })
}

/// What a merge patch of the authentication is applied to: what the trigger has, or nothing where the patch names
/// another scheme, whose settings are not those of the old one.
pub(super) fn patched(now: Option<&Authentication>, patch: Option<&Value>) -> Value {
    let Some(now) = now else { return Value::Null };
    let named = patch.and_then(|patch| patch.get("scheme")?.as_str());
    if named.is_some_and(|name| name != now.scheme.as_str()) {
        return Value::Null;
    }
    view(now)
}

/// Everything but the secret.
pub(super) fn view(authentication: &Authentication) -> Value {
    let scheme = authentication.scheme.as_str();
    match &authentication.scheme {
        SchemeName::StandardWebhooks | SchemeName::Github => json!({"scheme": scheme}),
        SchemeName::Hmac(chosen) => json!({
            "scheme": scheme,
            "algorithm": chosen.algorithm.as_str(),
            "header": chosen.header,
            "encoding": chosen.encoding.as_str(),
            "prefix": chosen.prefix,
        }),
    }
}

fn secret(
    scheme: &SchemeName,
    given: Option<&Value>,
    pointer: &str,
) -> Result<Option<SigningSecret>, Problem> {
    let refused = |detail: String| Problem::invalid_field(pointer, detail);
    let Some(given) = given else { return Ok(None) };
    let text = given
        .as_str()
        .ok_or_else(|| refused("A secret is a string.".to_owned()))?;
    SigningSecret::parse(scheme, text)
        .map(Some)
        .map_err(|error| refused(format!("A secret {error}.")))
}

fn invalid(field: &str, detail: impl Into<String>) -> Problem {
    Problem::invalid_field(format!("/authentication/{field}"), detail)
}
