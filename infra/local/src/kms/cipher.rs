//! Ciphertexts: a version, the ARN of the key, a nonce, and what AES-256-GCM made of the plaintext, which also
//! authenticates the ARN and the encryption context. Does not know where keys come from.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use super::Context;
use super::fault::{Fault, FaultKind};
use crate::random;

const VERSION: u8 = 1;
pub(super) const KEY_BYTES: usize = 32;

pub(super) fn seal(
    key: &[u8; KEY_BYTES],
    arn: &str,
    context: &Context,
    mut plaintext: Vec<u8>,
) -> Result<Vec<u8>, Fault> {
    let nonce = random::bytes::<NONCE_LEN>();
    let length = u8::try_from(arn.len()).map_err(|_| internal())?;
    cipher(key)?
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            authenticated(arn, context),
            &mut plaintext,
        )
        .map_err(|_| internal())?;
    let mut sealed = vec![VERSION, length];
    sealed.extend(arn.as_bytes());
    sealed.extend(nonce);
    sealed.extend(plaintext);
    Ok(sealed)
}

/// The ARN of the key that a ciphertext was made with.
pub(super) fn key_of(sealed: &[u8]) -> Result<&str, Fault> {
    let arn = match sealed {
        [VERSION, length, rest @ ..] => rest.get(..usize::from(*length)),
        _ => None,
    };
    arn.and_then(|arn| std::str::from_utf8(arn).ok())
        .ok_or_else(Fault::unreadable)
}

pub(super) fn open(
    key: &[u8; KEY_BYTES],
    arn: &str,
    context: &Context,
    sealed: Vec<u8>,
) -> Result<Vec<u8>, Fault> {
    let (nonce, ciphertext) = sealed
        .get(2 + arn.len()..)
        .and_then(|rest| rest.split_first_chunk::<NONCE_LEN>())
        .ok_or_else(Fault::unreadable)?;
    let mut buffer = ciphertext.to_vec();
    let plaintext = cipher(key)?
        .open_in_place(
            Nonce::assume_unique_for_key(*nonce),
            authenticated(arn, context),
            &mut buffer,
        )
        .map_err(|_| Fault::unreadable())?;
    Ok(plaintext.to_vec())
}

fn cipher(key: &[u8; KEY_BYTES]) -> Result<LessSafeKey, Fault> {
    UnboundKey::new(&AES_256_GCM, key)
        .map(LessSafeKey::new)
        .map_err(|_| internal())
}

/// Each part after its length, so that no two contexts read alike. A context has no order.
fn authenticated(arn: &str, context: &Context) -> Aad<Vec<u8>> {
    let pairs = context
        .iter()
        .flat_map(|(name, value)| [name.as_str(), value]);
    let parts = std::iter::once(arn).chain(pairs);
    Aad::from(parts.fold(vec![VERSION], |mut bytes, part| {
        bytes.extend((part.len() as u64).to_be_bytes());
        bytes.extend(part.as_bytes());
        bytes
    }))
}

fn internal() -> Fault {
    Fault::new(FaultKind::Internal, "The local cipher failed.")
}
