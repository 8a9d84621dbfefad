//! The secret of a scheme: its text, as both sides exchange it, and the key that it stands for.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::algorithm::{Encoding, SecretForm};
use super::encode::{decode_leniently, encode};
use super::scheme_name::SchemeName;
use crate::Secret;

/// Precedes the base64 of a Standard Webhooks secret.
const STANDARD_PREFIX: &str = "whsec_";
/// The longest text of a secret.
const MAX_SECRET_BYTES: usize = 1_024;

/// The text is no secret of the scheme.
#[derive(Debug, thiserror::Error)]
pub enum InvalidSigningSecret {
    /// The text is empty, or too long.
    #[error("is 1 to 1,024 bytes")]
    Length,
    /// A line break or space was copied with the secret.
    #[error("does not begin or end with white space; remove it")]
    WhiteSpace,
    /// Not the form that Standard Webhooks prescribes.
    #[error("is whsec_ and base64 of 24 to 64 bytes")]
    Standard,
    /// The trigger says that secrets are base64.
    #[error("is base64, as secretEncoding says")]
    Base64,
    /// The trigger says that secrets are hexadecimal.
    #[error("is hexadecimal digits, as secretEncoding says")]
    Hex,
}

/// A secret of a scheme: its text, and the key that is encrypted. It never prints itself.
#[derive(Clone)]
pub struct SigningSecret {
    text: Secret,
    key: Vec<u8>,
}

impl SigningSecret {
    /// The secret that a caller chose.
    pub fn parse(scheme: &SchemeName, text: &str) -> Result<Self, InvalidSigningSecret> {
        let key = read_secret(scheme, text)?;
        let text = match scheme.scheme().secret {
            SecretForm::Standard => standard_secret(&key),
            SecretForm::Any | SecretForm::Text | SecretForm::Base64 | SecretForm::Hex => {
                text.trim().to_owned()
            }
        };
        Ok(Self {
            text: Secret::from_caller(text),
            key,
        })
    }

    /// A new secret, written as the scheme asks for.
    pub fn random(scheme: &SchemeName, random: [u8; 32]) -> Self {
        let written = match scheme.scheme().secret {
            SecretForm::Standard => new_standard_secret(random),
            SecretForm::Base64 => encode(Encoding::Base64, &random),
            SecretForm::Hex => encode(Encoding::Hex, &random),
            SecretForm::Any | SecretForm::Text => {
                let text = Secret::from_random(random);
                let key = text.reveal().as_bytes().to_vec();
                return Self { text, key };
            }
        };
        Self {
            text: Secret::from_caller(written),
            key: random.to_vec(),
        }
    }

    /// The text of the secret, for the one answer that shows it.
    pub fn reveal(&self) -> &str {
        self.text.reveal()
    }

    /// The key that signs.
    pub fn key(&self) -> &[u8] {
        &self.key
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(…)")
    }
}

/// A new secret of Standard Webhooks, of 32 random bytes.
pub fn new_standard_secret(random: [u8; 32]) -> String {
    standard_secret(&random)
}

fn standard_secret(key: &[u8]) -> String {
    format!("{STANDARD_PREFIX}{}", STANDARD.encode(key))
}

/// The key that the text of a secret stands for. A secret of Standard Webhooks is read as senders show it: after `v1,`,
/// without `whsec_`, without padding, with white space around it.
pub fn read_secret(scheme: &SchemeName, text: &str) -> Result<Vec<u8>, InvalidSigningSecret> {
    if !(1..=MAX_SECRET_BYTES).contains(&text.len()) {
        return Err(match scheme.scheme().secret {
            SecretForm::Standard => InvalidSigningSecret::Standard,
            SecretForm::Any | SecretForm::Text | SecretForm::Base64 | SecretForm::Hex => {
                InvalidSigningSecret::Length
            }
        });
    }
    let bare = text.trim();
    let decoded = |encoding, text| decode_leniently(encoding, text).filter(|key| !key.is_empty());
    match scheme.scheme().secret {
        SecretForm::Any | SecretForm::Text if bare == text => Ok(text.as_bytes().to_vec()),
        SecretForm::Any | SecretForm::Text => Err(InvalidSigningSecret::WhiteSpace),
        SecretForm::Base64 => decoded(Encoding::Base64, bare).ok_or(InvalidSigningSecret::Base64),
        SecretForm::Hex => decoded(Encoding::Hex, bare).ok_or(InvalidSigningSecret::Hex),
        SecretForm::Standard => {
            let bare = bare.strip_prefix("v1,").unwrap_or(bare);
            let bare = bare.strip_prefix(STANDARD_PREFIX).unwrap_or(bare);
            decoded(Encoding::Base64, bare)
                .filter(|key| (24..=64).contains(&key.len()))
                .ok_or(InvalidSigningSecret::Standard)
        }
    }
}

/// The keys under which a signature is right: the one that is kept, and for [`SecretForm::Any`] what its text encodes,
/// because few senders say which of them they sign with.
pub(super) fn accepted_keys(form: SecretForm, kept: &[u8]) -> Vec<Cow<'_, [u8]>> {
    let mut keys = vec![Cow::Borrowed(kept)];
    match form {
        SecretForm::Any => {
            let text = std::str::from_utf8(kept).unwrap_or_default();
            let encodings = [Encoding::Base64, Encoding::Hex].into_iter();
            let encoded = encodings.filter_map(|encoding| decode_leniently(encoding, text));
            keys.extend(encoded.filter(|key| !key.is_empty()).map(Cow::Owned));
        }
        SecretForm::Text | SecretForm::Base64 | SecretForm::Hex | SecretForm::Standard => {}
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::{Algorithm, GenericHmac, HmacSettings};

    fn hmac(secret: SecretForm) -> SchemeName {
        let chosen = GenericHmac::new(HmacSettings {
            algorithm: Algorithm::Sha256,
            header: "x-signature",
            encoding: Encoding::Hex,
            prefix: "",
            secret,
        });
        SchemeName::Hmac(chosen.unwrap())
    }

    #[test]
    fn a_new_secret_could_have_been_chosen_by_a_caller() {
        for scheme in [
            SchemeName::STANDARD_WEBHOOKS,
            SchemeName::GITHUB,
            hmac(SecretForm::Any),
            hmac(SecretForm::Base64),
            hmac(SecretForm::Hex),
        ] {
            let new = SigningSecret::random(&scheme, [7; 32]);
            let chosen = SigningSecret::parse(&scheme, new.reveal()).unwrap();
            assert_eq!(chosen.key(), new.key());
            assert_eq!(chosen.reveal(), new.reveal());
        }
    }

    #[test]
    fn a_standard_secret_is_read_in_every_form_that_senders_show() {
        let key = [7_u8; 32];
        let base64 = STANDARD.encode(key);
        let unpadded = base64.trim_end_matches('=');
        for shown in [
            format!("whsec_{base64}"),
            format!("v1,whsec_{base64}"),
            base64.clone(),
            format!("whsec_{unpadded}"),
            format!(" whsec_{base64}\r\n"),
        ] {
            let secret = SigningSecret::parse(&SchemeName::STANDARD_WEBHOOKS, &shown).unwrap();
            assert_eq!(secret.key(), key, "{shown:?}");
            assert_eq!(secret.reveal(), format!("whsec_{base64}"), "{shown:?}");
        }
    }

    #[test]
    fn the_key_of_a_generic_hmac_may_be_written_in_base64_or_hex() {
        let base64 = hmac(SecretForm::Base64);
        assert_eq!(read_secret(&base64, "AAEC\n").unwrap(), [0, 1, 2]);
        assert_eq!(read_secret(&base64, "AAE").unwrap(), [0, 1]);
        assert!(read_secret(&base64, "not base64!").is_err());
        let hex = hmac(SecretForm::Hex);
        assert_eq!(read_secret(&hex, "0001fF").unwrap(), [0, 1, 255]);
        assert!(read_secret(&hex, "0").is_err());
        assert!(read_secret(&hex, " ").is_err());
    }

    #[test]
    fn a_secret_of_any_form_is_accepted_as_text_and_as_what_it_encodes() {
        let any = |text: &str| -> Vec<Vec<u8>> {
            let kept = read_secret(&hmac(SecretForm::Any), text).unwrap();
            let keys = accepted_keys(SecretForm::Any, &kept);
            keys.into_iter().map(Cow::into_owned).collect()
        };
        assert_eq!(any("AAEX"), [b"AAEX".to_vec(), vec![0, 1, 23]]);
        assert_eq!(any("00ff0"), [b"00ff0".to_vec()]);
        assert_eq!(any("correct horse"), [b"correct horse".to_vec()]);
        assert_eq!(any("00ff")[1..], [vec![0xd3, 0x47, 0xdf], vec![0, 255]]);
        assert_eq!(accepted_keys(SecretForm::Text, b"AAEC").len(), 1);
    }

    #[test]
    fn a_text_secret_with_white_space_at_an_end_is_refused_and_says_what_to_change() {
        let github = SchemeName::GITHUB;
        for pasted in ["correct horse\n", " correct horse"] {
            let refused = read_secret(&github, pasted).unwrap_err();
            assert!(refused.to_string().contains("white space"), "{refused}");
        }
        assert!(read_secret(&github, "correct horse").is_ok());
    }

    #[test]
    fn a_signing_secret_never_prints_itself() {
        let secret = SigningSecret::parse(&SchemeName::GITHUB, "canary").unwrap();
        assert_eq!(format!("{secret:?}"), "SigningSecret(…)");
    }
}
