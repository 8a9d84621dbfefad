//! Signatures of webhooks, in both directions: what Sluice receives is verified, what it delivers is signed, by one
//! table of schemes (`table`). It does not know where secrets are kept, nor HTTP beyond names and values.

mod algorithm;
mod encode;
mod generic;
mod location;
mod message;
mod scheme;
mod scheme_name;
mod secret;
mod sign;
mod table;
mod verify;

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod published_examples;
#[cfg(test)]
mod tests;

pub(crate) use encode::hex;

pub use algorithm::{Algorithm, Encoding, SecretForm};
pub use generic::{GenericHmac, HmacSettings, InvalidScheme};
pub use scheme::{Location, Part, PublishedScheme, Scheme, SignedTime};
pub use scheme_name::{SchemeKind, SchemeName};
pub use secret::{InvalidSigningSecret, SigningSecret, new_standard_secret, read_secret};
pub use sign::{Signed, sign, signed_content};
pub use verify::{Refusal, SignatureClaim, SignedRequest, verify};
