//! The one source of randomness: ids, secrets and nonces are made here, and passed on as values.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The operating system's random numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Random;

impl Random {
    /// 32 random bytes.
    pub fn bytes32(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).expect("the operating system has random numbers");
        bytes
    }

    /// A random number.
    pub fn u128(self) -> u128 {
        self.bytes32()
            .iter()
            .take(16)
            .fold(0, |bits, byte| bits << 8 | u128::from(*byte))
    }

    /// A nonce for one conditional write.
    pub fn nonce(self) -> Nonce {
        Nonce(URL_SAFE_NO_PAD.encode(&self.bytes32()[..8]))
    }
}

/// Marks one conditional write, so that a repetition after a lost answer recognizes what it wrote itself.
/// 64 random bits as 11 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nonce(String);

impl Nonce {
    pub(crate) fn from_stored(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
