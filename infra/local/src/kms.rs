//! A local KMS: the template's keys behind the real protocol, so that the real SDK can use them. It has `Encrypt` and
//! `Decrypt` with symmetric keys. Does not know what it encrypts.
//!
//! Each key is derived from one root in the stack's data. What was encrypted stays readable as long as the root and
//! the key's logical id in the template stay. Aliases, grants, rotation and the making of keys are not here.

mod cipher;
mod fault;
mod http;
mod root;

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use fault::{Fault, FaultKind};

pub(crate) use http::{TARGET, answer, router};
pub(crate) use root::Root;

/// KMS encrypts at most this much directly (API reference, `Encrypt`).
const PLAINTEXT_LIMIT_BYTES: usize = 4_096;
const ALGORITHM: &str = "SYMMETRIC_DEFAULT";

type Context = BTreeMap<String, String>;

/// The keys of one stack.
pub(crate) struct Kms {
    root: Root,
    /// Their ARNs.
    keys: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Encrypt {
    key_id: String,
    plaintext: String,
    #[serde(default)]
    encryption_context: Context,
    encryption_algorithm: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Decrypt {
    key_id: Option<String>,
    ciphertext_blob: String,
    #[serde(default)]
    encryption_context: Context,
    encryption_algorithm: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Encrypted<'a> {
    ciphertext_blob: String,
    key_id: &'a str,
    encryption_algorithm: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Decrypted<'a> {
    plaintext: String,
    key_id: &'a str,
    encryption_algorithm: &'a str,
}

impl Kms {
    /// `keys` are ARNs.
    pub(crate) fn new(root: Root, keys: Vec<String>) -> Self {
        Self { root, keys }
    }

    fn encrypt(&self, request: &Encrypt) -> Result<Encrypted<'_>, Fault> {
        symmetric(request.encryption_algorithm.as_deref())?;
        let arn = self.key(&request.key_id)?;
        let plaintext = decoded("plaintext", &request.plaintext)?;
        if !(1..=PLAINTEXT_LIMIT_BYTES).contains(&plaintext.len()) {
            return Err(Fault::invalid(format!(
                "Value at 'plaintext' failed to satisfy constraint: its length is 1 to {PLAINTEXT_LIMIT_BYTES} bytes."
            )));
        }
        let sealed = cipher::seal(
            &self.root.key(arn),
            arn,
            &request.encryption_context,
            plaintext,
        );
        Ok(Encrypted {
            ciphertext_blob: STANDARD.encode(sealed?),
            key_id: arn,
            encryption_algorithm: ALGORITHM,
        })
    }

    fn decrypt(&self, request: &Decrypt) -> Result<Decrypted<'_>, Fault> {
        symmetric(request.encryption_algorithm.as_deref())?;
        let sealed = decoded("ciphertextBlob", &request.ciphertext_blob)?;
        let named = cipher::key_of(&sealed)?;
        let arn = self.key(named).map_err(|_| Fault::unreadable())?;
        if let Some(wanted) = &request.key_id
            && self.key(wanted)? != arn
        {
            return Err(Fault::new(
                FaultKind::IncorrectKey,
                "The key ID in the request does not identify a CMK that can perform this operation.",
            ));
        }
        let plaintext = cipher::open(
            &self.root.key(arn),
            arn,
            &request.encryption_context,
            sealed,
        );
        Ok(Decrypted {
            plaintext: STANDARD.encode(plaintext?),
            key_id: arn,
            encryption_algorithm: ALGORITHM,
        })
    }

    /// The ARN of the key with this id or ARN.
    fn key(&self, named: &str) -> Result<&str, Fault> {
        let is_named = |arn: &&String| *arn == named || arn.rsplit('/').next() == Some(named);
        self.keys
            .iter()
            .find(is_named)
            .map(String::as_str)
            .ok_or_else(|| {
                Fault::new(
                    FaultKind::NotFound,
                    format!("Key '{named}' does not exist: the template has no such one."),
                )
            })
    }
}

fn symmetric(algorithm: Option<&str>) -> Result<(), Fault> {
    match algorithm {
        None | Some(ALGORITHM) => Ok(()),
        Some(other) => Err(Fault::new(
            FaultKind::InvalidKeyUsage,
            format!("The keys here are symmetric, and do not know {other}."),
        )),
    }
}

fn decoded(field: &str, base64: &str) -> Result<Vec<u8>, Fault> {
    STANDARD.decode(base64).map_err(|_| {
        Fault::new(
            FaultKind::Serialization,
            format!("The value of '{field}' is not base64."),
        )
    })
}

#[cfg(test)]
mod tests;
