//! The authentication of a trigger's webhooks as JSON. A secret is shown in one answer only: to the request that set
//! it.

use domain::signature::{
    Algorithm, Encoding, GenericHmac, HmacSettings, InvalidScheme, SchemeKind, SchemeName,
    SecretForm, SigningSecret,
};
use domain::{AppCredentials, Authentication};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::body;
use crate::inbound::Inbound;
use crate::problem::Problem;

use super::checked_overlap;

/// For how many seconds an old secret works beside its successor by default: a day, in which the sender is given the
/// new one.
const DEFAULT_OVERLAP_SECS: u32 = 86_400;

/// The authentication in the body of a request.
#[derive(Debug)]
pub enum AuthenticationDraft {
    /// A signature of the request.
    Signature(SignatureDraft),
    /// An `AppKey` with a `Sign`: the trigger keeps the keys that it has, or gets new ones.
    App,
}

/// What a request set, for the one answer that shows it.
#[derive(Debug)]
pub enum NewSecret {
    /// The secret of a signature scheme.
    Signing(SigningSecret),
    /// The keys of app authorization.
    App(AppCredentials),
}

/// A signature scheme in the body of a request.
#[derive(Debug)]
pub struct SignatureDraft {
    /// The signature scheme.
    pub scheme: SchemeName,
    /// Without one, the trigger keeps the secret that it has, or gets a new one.
    pub secret: Option<SigningSecret>,
}

/// How senders prove who they are.
// `secret` may be any JSON here, so that no problem about its type quotes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "AuthenticationSettings"))]
pub(super) struct Fields {
    /// The scheme: that of a sender, `hmac` with the settings below, or `app` for app authorization. Required.
    scheme: Option<String>,
    /// The secret; a new one by default.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    secret: Option<Value>,
    /// Of `hmac`: the hash; `sha256` by default.
    #[cfg_attr(test, schemars(extend("enum" = ["sha1", "sha256", "sha512", null])))]
    algorithm: Option<String>,
    /// Of `hmac`: the header with the signature. Required there.
    header: Option<String>,
    /// Of `hmac`: how the signature is written; `hex` by default.
    #[cfg_attr(test, schemars(extend("enum" = ["hex", "base64", null])))]
    encoding: Option<String>,
    /// Of `hmac`: what comes before the signature in the header; nothing by default.
    prefix: Option<String>,
    /// Of `hmac`: how the secret is written; `any` by default.
    #[cfg_attr(test, schemars(extend("enum" = ["any", "text", "base64", "hex", null])))]
    secret_encoding: Option<String>,
}

/// How to rotate the secret of a trigger's authentication.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "TriggerSecretRotation"))]
pub(crate) struct Rotation {
    /// The new secret; a random one by default. The keys of app authorization cannot be chosen.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    secret: Option<Value>,
    /// For how many seconds the old secret works beside the new one; 86,400 by default.
    #[cfg_attr(test, schemars(range(min = 0, max = 604_800)))]
    overlap_seconds: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AppRotation {
    overlap_seconds: Option<u32>,
}

/// How senders prove who they are. Secrets are shown only in the answer to the request that set them.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct AuthenticationView<'a> {
    /// The scheme.
    scheme: &'static str,
    /// The settings of the scheme `hmac`.
    #[serde(flatten)]
    hmac: Option<HmacView<'a>>,
    /// The secret of a signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'a str>,
    /// The key that senders of app authorization name.
    #[serde(skip_serializing_if = "Option::is_none")]
    app_key: Option<&'a str>,
    /// The key that senders of app authorization sign with.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_key: Option<&'a str>,
    /// The sign of senders that cannot compute one.
    #[serde(skip_serializing_if = "Option::is_none")]
    sign: Option<String>,
}

/// The settings of the scheme `hmac`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct HmacView<'a> {
    /// The hash.
    algorithm: &'static str,
    /// The header with the signature.
    header: &'a str,
    /// How the signature is written.
    encoding: &'static str,
    /// What comes before the signature in the header.
    prefix: &'a str,
    /// How the secret is written.
    secret_encoding: &'static str,
}

/// The body of a request to rotate the secret.
#[derive(Debug)]
pub struct SecretRotation {
    /// The new secret; `None` where one is to be made.
    pub secret: Option<SigningSecret>,
    /// Seconds that the old secret goes on working: 86,400 (a day) by default, at most 604,800 (7 days).
    pub overlap_secs: u32,
}

impl Fields {
    pub(super) fn read(self) -> Result<AuthenticationDraft, Problem> {
        if self.scheme.as_deref() == Some(SchemeKind::APP.as_str()) {
            if self.secret.is_some() {
                let detail = "The keys of app authorization are made; remove it.";
                return Err(invalid("secret", detail));
            }
            self.without_settings(SchemeKind::APP)?;
            return Ok(AuthenticationDraft::App);
        }
        let scheme = self.scheme()?;
        let secret = secret(&scheme, self.secret.as_ref(), "/authentication/secret")?;
        Ok(AuthenticationDraft::Signature(SignatureDraft {
            scheme,
            secret,
        }))
    }

    fn scheme(&self) -> Result<SchemeName, Problem> {
        let name = self.scheme.as_deref().unwrap_or_default();
        if name == SchemeKind::HMAC.as_str() {
            return Ok(SchemeName::Hmac(self.hmac()?));
        }
        let published = SchemeName::published(name).ok_or_else(|| {
            let known: Vec<&str> = SchemeKind::all().map(SchemeKind::as_str).collect();
            invalid(
                "scheme",
                format!("A scheme is one of {}.", known.join(", ")),
            )
        })?;
        self.without_settings(published.kind())?;
        Ok(published)
    }

    /// `algorithm` (`sha256`), `header` (required), `encoding` (`hex`), `prefix` (empty), `secretEncoding` (`any`).
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
        let secret = match self.secret_encoding.as_deref() {
            None => SecretForm::Any,
            Some(name) => SecretForm::parse(name).ok_or_else(|| {
                invalid(
                    "secretEncoding",
                    "A secret's encoding is any, text, base64 or hex.",
                )
            })?,
        };
        let settings = HmacSettings {
            algorithm,
            header,
            encoding,
            prefix: self.prefix.as_deref().unwrap_or_default(),
            secret,
        };
        GenericHmac::new(settings).map_err(|error| match error {
            InvalidScheme::Header => invalid("header", format!("The header {error}.")),
            InvalidScheme::Prefix => invalid("prefix", format!("A prefix {error}.")),
        })
    }

    /// Nothing about a published scheme or about app authorization can be chosen.
    fn without_settings(&self, scheme: SchemeKind) -> Result<(), Problem> {
        let chosen = [
            ("algorithm", &self.algorithm),
            ("header", &self.header),
            ("encoding", &self.encoding),
            ("prefix", &self.prefix),
            ("secretEncoding", &self.secret_encoding),
        ];
        match chosen.into_iter().find(|(_, value)| value.is_some()) {
            None => Ok(()),
            Some((name, _)) => {
                let detail = format!("The scheme {} has its own; remove it.", scheme.as_str());
                Err(invalid(name, detail))
            }
        }
    }
}

/// Reads the body of a request to rotate the secret of a trigger with this scheme.
pub fn secret_rotation(inbound: &Inbound, scheme: &SchemeName) -> Result<SecretRotation, Problem> {
    let rotation: Rotation = body::typed(&body::object(inbound)?)?;
    Ok(SecretRotation {
        secret: secret(scheme, rotation.secret.as_ref(), "/secret")?,
        overlap_secs: checked_overlap(rotation.overlap_seconds.unwrap_or(DEFAULT_OVERLAP_SECS))?,
    })
}

/// Reads the body of a request to rotate the keys of app authorization: for how many seconds the old keys work beside the
/// new ones, a day by default.
pub fn app_rotation(inbound: &Inbound) -> Result<u32, Problem> {
    let rotation: AppRotation = body::typed(&body::object(inbound)?)?;
    checked_overlap(rotation.overlap_seconds.unwrap_or(DEFAULT_OVERLAP_SECS))
}

/// What a merge patch of the authentication applies to: the current authentication, or nothing where the patch names
/// another scheme, because a scheme does not inherit the settings of another one.
pub(super) fn patch_target(now: Option<&Authentication>, patch: Option<&Value>) -> Value {
    let Some(now) = now else { return Value::Null };
    let named = patch.and_then(|patch| patch.get("scheme")?.as_str());
    if named.is_some_and(|name| name != now.kind().as_str()) {
        return Value::Null;
    }
    json!(view(now))
}

/// The authentication without its secret.
pub(super) fn view(authentication: &Authentication) -> AuthenticationView<'_> {
    let hmac = match authentication.scheme() {
        Some(SchemeName::Published(_)) | None => None,
        Some(SchemeName::Hmac(chosen)) => Some(chosen.settings()),
    };
    AuthenticationView {
        scheme: authentication.kind().as_str(),
        hmac: hmac.map(|chosen| HmacView {
            algorithm: chosen.algorithm.as_str(),
            header: chosen.header,
            encoding: chosen.encoding.as_str(),
            prefix: chosen.prefix,
            secret_encoding: chosen.secret.as_str(),
        }),
        ..AuthenticationView::default()
    }
}

impl<'a> AuthenticationView<'a> {
    /// With what a request set.
    pub(super) fn with(self, secret: &'a NewSecret) -> Self {
        match secret {
            NewSecret::Signing(secret) => Self {
                secret: Some(secret.reveal()),
                ..self
            },
            NewSecret::App(keys) => Self {
                app_key: Some(keys.app_key()),
                secret_key: Some(keys.secret_key().reveal()),
                sign: Some(keys.fixed_sign().reveal().to_owned()),
                ..self
            },
        }
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
