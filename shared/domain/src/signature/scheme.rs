//! The table: where a scheme puts its signature, timestamp and id, what it signs, how it hashes and writes. A scheme is
//! data; [`super::sign`] and [`super::verify`] are the only code.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::SealedSecrets;

/// How a trigger's requests prove who sent them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authentication {
    pub scheme: SchemeName,
    /// Of this trigger.
    pub secrets: SealedSecrets,
}

/// Which scheme, with what its user chooses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchemeName {
    StandardWebhooks,
    Github,
    Hmac(GenericHmac),
}

/// Which scheme, without what its user chooses: what a signature that was verified is remembered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemeKind {
    StandardWebhooks,
    Github,
    Hmac,
}

/// A signature of the raw body alone, written as its sender does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenericHmac {
    pub algorithm: Algorithm,
    /// In lower case.
    pub header: String,
    pub encoding: Encoding,
    /// What stands before the signature in the header, such as `sha256=`.
    pub prefix: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    Sha1,
    Sha256,
    Sha512,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Hex,
    Base64,
}

/// One row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheme {
    pub algorithm: Algorithm,
    pub encoding: Encoding,
    /// The header that holds the signatures.
    pub signature_header: String,
    /// Between several signatures in the header; `None` where there is one.
    pub separator: Option<char>,
    /// What stands before each signature.
    pub prefix: String,
    /// What is signed: these parts, one after the other.
    pub signed: &'static [Part],
    pub id_header: Option<&'static str>,
    pub timestamp: Option<SignedTime>,
    pub secret: SecretForm,
}

/// A part of what is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Id,
    Timestamp,
    Body,
    Dot,
}

/// A time that is signed, in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedTime {
    pub header: &'static str,
    /// How far it may lie from now, before or after.
    pub tolerance_secs: i64,
}

/// How the text of a secret becomes a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretForm {
    /// Its bytes are the key.
    Text,
    /// `whsec_` and base64 of 24 to 64 bytes (Standard Webhooks, "Signature scheme").
    Standard,
}

/// What was chosen for a generic scheme cannot be.
#[derive(Debug, thiserror::Error)]
pub enum InvalidScheme {
    #[error("is no name of an HTTP header")]
    Header,
    #[error("is 0 to 64 visible ASCII characters")]
    Prefix,
}

/// The text is no secret of the scheme.
#[derive(Debug, thiserror::Error)]
pub enum InvalidSigningSecret {
    #[error("is 1 to 1,024 bytes")]
    Length,
    #[error("is whsec_ and base64 of 24 to 64 bytes")]
    Standard,
}

/// Standard Webhooks: its prefix of a secret.
pub(super) const STANDARD_PREFIX: &str = "whsec_";
const MAX_SECRET_BYTES: usize = 1_024;

impl SchemeKind {
    /// As it is written in JSON and in records.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::StandardWebhooks, Self::Github, Self::Hmac]
            .into_iter()
            .find(|known| known.as_str() == text)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::StandardWebhooks => "standard-webhooks",
            Self::Github => "github",
            Self::Hmac => "hmac",
        }
    }
}

impl SchemeName {
    pub fn kind(&self) -> SchemeKind {
        match self {
            Self::StandardWebhooks => SchemeKind::StandardWebhooks,
            Self::Github => SchemeKind::Github,
            Self::Hmac(_) => SchemeKind::Hmac,
        }
    }

    pub fn as_str(&self) -> &'static str {
        self.kind().as_str()
    }

    /// The scheme's row.
    pub fn scheme(&self) -> Scheme {
        match self {
            // https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
            Self::StandardWebhooks => Scheme {
                algorithm: Algorithm::Sha256,
                encoding: Encoding::Base64,
                signature_header: "webhook-signature".to_owned(),
                separator: Some(' '),
                prefix: "v1,".to_owned(),
                signed: &[Part::Id, Part::Dot, Part::Timestamp, Part::Dot, Part::Body],
                id_header: Some("webhook-id"),
                timestamp: Some(SignedTime {
                    header: "webhook-timestamp",
                    tolerance_secs: 300,
                }),
                secret: SecretForm::Standard,
            },
            // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
            Self::Github => Scheme {
                algorithm: Algorithm::Sha256,
                encoding: Encoding::Hex,
                signature_header: "x-hub-signature-256".to_owned(),
                separator: None,
                prefix: "sha256=".to_owned(),
                signed: &[Part::Body],
                id_header: Some("x-github-delivery"),
                timestamp: None,
                secret: SecretForm::Text,
            },
            Self::Hmac(chosen) => Scheme {
                algorithm: chosen.algorithm,
                encoding: chosen.encoding,
                signature_header: chosen.header.clone(),
                separator: None,
                prefix: chosen.prefix.clone(),
                signed: &[Part::Body],
                id_header: None,
                timestamp: None,
                secret: SecretForm::Text,
            },
        }
    }
}

impl GenericHmac {
    pub fn new(
        algorithm: Algorithm,
        header: &str,
        encoding: Encoding,
        prefix: &str,
    ) -> Result<Self, InvalidScheme> {
        crate::outbound::check_header(header, "")
            .or_else(|invalid| match invalid {
                // Whoever signs sets it, not we.
                crate::outbound::InvalidHeader::Reserved => Ok(()),
                other => Err(other),
            })
            .map_err(|_| InvalidScheme::Header)?;
        if prefix.len() > 64 || !prefix.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(InvalidScheme::Prefix);
        }
        Ok(Self {
            algorithm,
            header: header.to_ascii_lowercase(),
            encoding,
            prefix: prefix.to_owned(),
        })
    }
}

impl Algorithm {
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Sha1, Self::Sha256, Self::Sha512]
            .into_iter()
            .find(|known| known.as_str() == text)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }
}

impl Encoding {
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Hex, Self::Base64]
            .into_iter()
            .find(|known| known.as_str() == text)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hex => "hex",
            Self::Base64 => "base64",
        }
    }
}

/// The key that the text of a secret stands for.
pub fn read_secret(scheme: &SchemeName, text: &str) -> Result<Vec<u8>, InvalidSigningSecret> {
    match scheme.scheme().secret {
        SecretForm::Text if (1..=MAX_SECRET_BYTES).contains(&text.len()) => {
            Ok(text.as_bytes().to_vec())
        }
        SecretForm::Text => Err(InvalidSigningSecret::Length),
        SecretForm::Standard => text
            .strip_prefix(STANDARD_PREFIX)
            .and_then(|encoded| STANDARD.decode(encoded).ok())
            .filter(|key| (24..=64).contains(&key.len()))
            .ok_or(InvalidSigningSecret::Standard),
    }
}
