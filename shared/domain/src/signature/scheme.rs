//! What a signature scheme is made of. A scheme is data: [`super::table`] holds those of known senders, [`super::sign`]
//! and [`super::SignatureClaim`] are the only code.

use super::algorithm::{Algorithm, Encoding, SecretForm};
use super::generic::GenericHmac;
use super::table;

/// Which scheme a trigger verifies with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchemeName {
    /// A row of the table: nothing about it can be chosen.
    Published(&'static PublishedScheme),
    /// An HMAC of the raw body, with settings that the trigger's owner chose.
    Hmac(GenericHmac),
}

/// Only the name of a scheme, without its settings: what the record of a verified request keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SchemeKind(&'static str);

/// A scheme that a sender or a specification has published.
#[derive(Debug, PartialEq, Eq)]
pub struct PublishedScheme {
    /// As JSON and stored records write it.
    pub name: &'static str,
    /// Where its values are, and what is signed.
    pub scheme: Scheme<'static>,
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scheme<'a> {
    /// The hash under the HMAC.
    pub algorithm: Algorithm,
    /// How a signature is written.
    pub encoding: Encoding,
    /// Where the signatures are.
    pub signature: Location<'a>,
    /// Between several signatures in one value; `None` where a value is one signature.
    pub separator: Option<char>,
    /// Precedes each signature, such as `sha256=`.
    pub prefix: &'a str,
    /// The signed message: these parts, one after the other.
    pub signed: &'static [Part],
    /// Where the sender's delivery id is.
    pub id: Option<Location<'static>>,
    /// Where the time of the signature is, and how old it may be.
    pub timestamp: Option<SignedTime>,
    /// Where the SHA-256 of the body is, in hex, for bodies that `signed` does not cover.
    pub body_digest: Option<Location<'static>>,
    /// How the text of a secret becomes a key.
    pub secret: SecretForm,
}

/// Where a value is in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location<'a> {
    /// A header, by its name in lower case.
    Header(&'a str),
    /// The first of these headers that the request has.
    FirstHeader(&'static [&'static str]),
    /// A header, and after a slash another one where the request has that.
    JoinedHeaders {
        /// In lower case.
        first: &'static str,
        /// In lower case.
        then: &'static str,
    },
    /// A key in a header of `key=value` pairs with commas between them, such as `t=1,v1=00,v1=11`.
    HeaderKey {
        /// In lower case.
        header: &'static str,
        /// May occur several times.
        key: &'static str,
    },
    /// A query parameter.
    Query(&'static str),
    /// A string in a JSON body, by its JSON pointer (RFC 6901).
    Json(&'static str),
}

/// A part of a signed message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// These characters.
    Literal(&'static str),
    /// The request's method, in upper case.
    Method,
    /// The URL as the sender called it, with its query.
    Url,
    /// The value of a header, by its name in lower case; empty where the request has none.
    Header(&'static str),
    /// The delivery id.
    Id,
    /// The time of the signature, as the request writes it.
    Timestamp,
    /// The raw bytes of the body.
    Body,
    /// Name and value of each field of a form body, sorted; nothing where the body is no form.
    SortedFormFields,
}

/// The time of a signature, in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedTime {
    /// Where it is.
    pub location: Location<'static>,
    /// How far it may be from now, before or after.
    pub tolerance_secs: i64,
}

impl SchemeName {
    /// Standard Webhooks, which is also how Sluice signs its own deliveries.
    pub const STANDARD_WEBHOOKS: Self = Self::Published(&table::STANDARD_WEBHOOKS);
    /// GitHub.
    pub const GITHUB: Self = Self::Published(&table::GITHUB);

    /// The published scheme of that name.
    pub fn published(name: &str) -> Option<Self> {
        let row = table::ROWS.iter().find(|row| row.name == name);
        row.map(Self::Published)
    }

    /// The scheme's name, without its settings.
    pub fn kind(&self) -> SchemeKind {
        match self {
            Self::Published(row) => SchemeKind(row.name),
            Self::Hmac(_) => SchemeKind::HMAC,
        }
    }

    /// As JSON and stored records write it.
    pub fn as_str(&self) -> &'static str {
        self.kind().as_str()
    }

    /// Where the scheme's values are, and what is signed.
    pub fn scheme(&self) -> Scheme<'_> {
        match self {
            Self::Published(row) => row.scheme,
            Self::Hmac(chosen) => chosen.scheme(),
        }
    }

    /// Whether a secret of the other scheme is one of this scheme, and gives the same key.
    pub fn shares_secrets_with(&self, other: &Self) -> bool {
        self.kind() == other.kind() && self.scheme().secret == other.scheme().secret
    }
}

impl SchemeKind {
    /// The scheme whose settings are chosen.
    pub const HMAC: Self = Self("hmac");

    /// Every name, the chosen one last.
    pub fn all() -> impl Iterator<Item = Self> {
        let published = table::ROWS.iter().map(|row| Self(row.name));
        published.chain([Self::HMAC])
    }

    /// Reads a name as JSON and stored records write it.
    pub fn parse(text: &str) -> Option<Self> {
        Self::all().find(|known| known.0 == text)
    }

    /// As JSON and stored records write it.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

impl Scheme<'_> {
    /// Whether this part is signed.
    pub(super) fn signs(&self, part: Part) -> bool {
        self.signed.contains(&part)
    }
}
