//! The root of the local keys: 32 random bytes, in the stack's folder or in memory. Does not know which keys there are.

use std::io;
use std::path::Path;

use ring::hmac;

use super::cipher::KEY_BYTES;
use crate::data::write_secret;
use crate::random;

/// What every key of a stack is derived from.
pub(crate) struct Root([u8; KEY_BYTES]);

impl Root {
    /// From the file, which is made at the first start and is its owner's alone; without one, a new root.
    ///
    /// # Errors
    /// When the file cannot be read or written, or does not hold a root (`InvalidData`).
    pub(crate) fn open(file: Option<&Path>) -> io::Result<Self> {
        let Some(file) = file else {
            return Ok(Self(random::bytes()));
        };
        match std::fs::read(file) {
            Ok(bytes) => bytes
                .try_into()
                .map(Self)
                .map_err(|_| io::ErrorKind::InvalidData.into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let root = random::bytes();
                write_secret(file, &root)?;
                Ok(Self(root))
            }
            Err(error) => Err(error),
        }
    }

    /// The key of that ARN.
    pub(super) fn key(&self, arn: &str) -> [u8; KEY_BYTES] {
        let root = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        let mut key = [0; KEY_BYTES];
        key.copy_from_slice(hmac::sign(&root, arn.as_bytes()).as_ref());
        key
    }
}
