//! Receipt handles: opaque to clients, and here the name of one receive of one message. Does not know whether the
//! message is still there.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE;

use super::fault::{Fault, FaultKind};
use crate::random;

/// A new handle. Each is unique, so that an older one of the same message is recognised as old.
pub(super) fn issue(queue: &str, message_id: &str) -> String {
    let nonce = random::hex(&random::bytes::<8>());
    BASE64_URL_SAFE.encode(format!("{queue} {message_id} {nonce}"))
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
