//! Signatures of webhooks, in both directions: what we receive is verified, what we deliver is signed, by one table of
//! schemes. It does not know HTTP, nor where secrets are kept.

mod scheme;
mod secret;
mod sign;
mod verify;

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;

pub use scheme::{
    Algorithm, Authentication, Encoding, GenericHmac, InvalidScheme, InvalidSigningSecret, Scheme,
    SchemeKind, SchemeName, read_secret,
};
pub use secret::SigningSecret;
pub use sign::{Signed, new_standard_secret, sign};
pub use verify::{Claim, Refusal, claim, verify};
