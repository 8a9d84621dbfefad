//! A signing secret in the clear, between whoever chose it and the vault.

use std::fmt;

use super::scheme::{InvalidSigningSecret, SchemeName, SecretForm, read_secret};
use super::sign::new_standard_secret;
use crate::Secret;

/// A secret of a scheme: its text, as both sides exchange it, and the key that is sealed. It never prints itself.
#[derive(Clone)]
pub struct SigningSecret {
    text: Secret,
    key: Vec<u8>,
}

impl SigningSecret {
    /// What a caller chose.
    pub fn parse(scheme: &SchemeName, text: &str) -> Result<Self, InvalidSigningSecret> {
        let key = read_secret(scheme, text)?;
        Ok(Self {
            text: Secret::from_caller(text),
            key,
        })
    }

    /// A new one, in the form that the scheme asks for.
    pub fn random(scheme: &SchemeName, random: [u8; 32]) -> Self {
        match scheme.scheme().secret {
            SecretForm::Standard => Self {
                text: Secret::from_caller(new_standard_secret(random)),
                key: random.to_vec(),
            },
            SecretForm::Text => {
                let text = Secret::from_random(random);
                Self {
                    key: text.reveal().as_bytes().to_vec(),
                    text,
                }
            }
        }
    }

    /// The secret itself, for the one answer that shows it.
    pub fn reveal(&self) -> &str {
        self.text.reveal()
    }

    pub fn key(&self) -> &[u8] {
        &self.key
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_secret_is_one_that_could_have_been_chosen() {
        for scheme in [SchemeName::StandardWebhooks, SchemeName::Github] {
            let new = SigningSecret::random(&scheme, [7; 32]);
            let chosen = SigningSecret::parse(&scheme, new.reveal()).unwrap();
            assert_eq!(chosen.key(), new.key());
        }
    }

    #[test]
    fn a_signing_secret_never_prints_itself() {
        let secret = SigningSecret::parse(&SchemeName::Github, "canary").unwrap();
        assert_eq!(format!("{secret:?}"), "SigningSecret(…)");
    }
}
