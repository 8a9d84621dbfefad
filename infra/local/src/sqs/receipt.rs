//! Receipt handles: opaque to clients, and here the name of one receive of one message. Does not know whether the
//! message is still there.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE;

use super::attribute::hex;
use super::fault::{Fault, FaultKind};

/// A new handle. No two are alike, so that an older one of the same message can be told apart.
pub(super) fn issue(queue: &str, message_id: &str) -> Result<String, Fault> {
    Ok(BASE64_URL_SAFE.encode(format!("{queue} {message_id} {}", hex(&random::<8>()?))))
}

/// Refuses what was never a handle of this queue.
pub(super) fn check(receipt: &str, queue: &str) -> Result<(), Fault> {
    match parts(receipt) {
        Some((of, _)) if of == queue => Ok(()),
        _ => Err(Fault::new(
            FaultKind::ReceiptHandleIsInvalid,
            "The receipt handle is not one of this queue.",
        )),
    }
}

/// The message of a handle.
pub(super) fn message_id(receipt: &str) -> String {
    parts(receipt).map(|(_, id)| id).unwrap_or_default()
}

fn parts(receipt: &str) -> Option<(String, String)> {
    let text = String::from_utf8(BASE64_URL_SAFE.decode(receipt).ok()?).ok()?;
    match text.split(' ').collect::<Vec<_>>()[..] {
        [queue, id, _] => Some((queue.to_owned(), id.to_owned())),
        _ => None,
    }
}

/// A new message id, a version 4 UUID as AWS's are.
pub(super) fn new_message_id() -> Result<String, Fault> {
    let mut bytes = random::<16>()?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits = hex(&bytes);
    Ok([
        &digits[..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..20],
        &digits[20..],
    ]
    .join("-"))
}

fn random<const LENGTH: usize>() -> Result<[u8; LENGTH], Fault> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).map_err(|_| {
        Fault::new(
            FaultKind::InternalFailure,
            "The machine has no randomness to give.",
        )
    })?;
    Ok(bytes)
}
