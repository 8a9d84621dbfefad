//! How schemes hash, how they write a signature, and how they read a secret.

/// The hash under an HMAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// SHA-1, which some senders still use; as an HMAC it is not broken.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

/// How bytes are written as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Two hexadecimal digits a byte; of either case when read, lower case when written.
    Hex,
    /// Base64 of the standard alphabet, padded.
    Base64,
}

/// How the text of a secret becomes a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretForm {
    /// Its bytes are the key, and so are those that it encodes where it reads as base64 or as hexadecimal digits.
    Any,
    /// Its bytes are the key.
    Text,
    /// It is base64 of the key.
    Base64,
    /// It is the key in hexadecimal digits.
    Hex,
    /// `whsec_` and base64 of 24 to 64 bytes (Standard Webhooks, "Signature scheme").
    Standard,
}

impl Algorithm {
    /// Reads a name as JSON and stored records write it.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Sha1, Self::Sha256, Self::Sha512]
            .into_iter()
            .find(|known| known.as_str() == text)
    }

    /// As JSON and stored records write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }
}

impl Encoding {
    /// Reads a name as JSON and stored records write it.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Hex, Self::Base64]
            .into_iter()
            .find(|known| known.as_str() == text)
    }

    /// As JSON and stored records write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hex => "hex",
            Self::Base64 => "base64",
        }
    }
}

impl SecretForm {
    /// Reads what the owner of a trigger may choose.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Any, Self::Text, Self::Base64, Self::Hex]
            .into_iter()
            .find(|known| known.as_str() == text)
    }

    /// As JSON and stored records write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Text => "text",
            Self::Base64 => "base64",
            Self::Hex => "hex",
            Self::Standard => "standard",
        }
    }
}
