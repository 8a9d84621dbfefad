//! The settings of an HMAC of the raw body, for senders that have no row in the table.

use super::algorithm::{Algorithm, Encoding, SecretForm};
use super::scheme::{Location, Part, Scheme};

/// The longest prefix of a signature.
const MAX_PREFIX_BYTES: usize = 64;

/// An HMAC of the raw body alone, written as its sender does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenericHmac {
    algorithm: Algorithm,
    header: String,
    encoding: Encoding,
    prefix: String,
    secret: SecretForm,
}

/// The settings of a generic HMAC, before they are checked.
#[derive(Clone, Copy, Debug)]
pub struct HmacSettings<'a> {
    /// The hash under the HMAC.
    pub algorithm: Algorithm,
    /// The header of the signature, in any case.
    pub header: &'a str,
    /// How the signature is written.
    pub encoding: Encoding,
    /// Precedes the signature in the header, such as `sha256=` or `HMAC `.
    pub prefix: &'a str,
    /// How the text of a secret becomes a key.
    pub secret: SecretForm,
}

/// A setting of a generic HMAC is not allowed.
#[derive(Debug, thiserror::Error)]
pub enum InvalidScheme {
    /// It cannot be the name of a header.
    #[error("is no name of an HTTP header")]
    Header,
    /// The prefix is too long, or has other characters.
    #[error("is 0 to 64 visible ASCII characters, and may end with one space")]
    Prefix,
}

impl GenericHmac {
    /// Checks the settings.
    pub fn new(settings: HmacSettings<'_>) -> Result<Self, InvalidScheme> {
        let HmacSettings { header, prefix, .. } = settings;
        crate::outbound::check_header(header, "")
            .or_else(|invalid| match invalid {
                // Reserved are the headers that Sluice sets when it sends; this one the sender sets.
                crate::outbound::InvalidHeader::Reserved => Ok(()),
                other => Err(other),
            })
            .map_err(|_| InvalidScheme::Header)?;
        let visible = prefix.strip_suffix(' ').unwrap_or(prefix);
        if prefix.len() > MAX_PREFIX_BYTES || !visible.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(InvalidScheme::Prefix);
        }
        Ok(Self {
            algorithm: settings.algorithm,
            header: header.to_ascii_lowercase(),
            encoding: settings.encoding,
            prefix: prefix.to_owned(),
            secret: settings.secret,
        })
    }

    /// The settings, with the header in lower case.
    pub fn settings(&self) -> HmacSettings<'_> {
        HmacSettings {
            algorithm: self.algorithm,
            header: &self.header,
            encoding: self.encoding,
            prefix: &self.prefix,
            secret: self.secret,
        }
    }

    /// The settings as a row of the table.
    pub(super) fn scheme(&self) -> Scheme<'_> {
        Scheme {
            algorithm: self.algorithm,
            encoding: self.encoding,
            signature: Location::Header(&self.header),
            separator: None,
            prefix: &self.prefix,
            signed: &[Part::Body],
            id: None,
            timestamp: None,
            body_digest: None,
            secret: self.secret,
        }
    }
}
