//! Which scheme a trigger uses: a row of the table, or an HMAC with settings of its own.

use super::generic::GenericHmac;
use super::scheme::{PublishedScheme, Scheme};
use super::table;

/// Which scheme a trigger verifies with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchemeName {
    /// A row of the table: nothing about it can be chosen.
    Published(&'static PublishedScheme),
    /// An HMAC of the raw body, with settings that the trigger's owner chose.
    Hmac(GenericHmac),
}

/// Only the name of a scheme or of app authorization, without its settings: what the record of a verified request
/// keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SchemeKind(&'static str);

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
    /// App authorization, which is no signature of the request.
    pub const APP: Self = Self("app");

    /// Every name, those without a row in the table last.
    pub fn all() -> impl Iterator<Item = Self> {
        let published = table::ROWS.iter().map(|row| Self(row.name));
        published.chain([Self::HMAC, Self::APP])
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
