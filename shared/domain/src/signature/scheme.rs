//! What a signature scheme is made of. A scheme is data: [`super::table`] holds those of known senders, [`super::sign`]
//! and [`super::SignatureClaim`] are the only code.

use super::algorithm::{Algorithm, Encoding, SecretForm};

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

impl Scheme<'_> {
    /// Whether this part is signed.
    pub(super) fn signs(&self, part: Part) -> bool {
        self.signed.contains(&part)
    }
}
