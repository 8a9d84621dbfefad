//! Translates the failures of a function's call into errors of the DSL. Such an error has a status (DSL reference,
//! "Error"), by which documents decide what to retry. It does not know the functions.

use engine::{Fault, FaultKind};
use integrations::Failure;
use store::StoreError;

/// The longest error detail from another service that is kept, in characters.
const DETAIL_CHARS: usize = 1_000;

const NO_CREDITS_TYPE: &str = "urn:sluice:error:insufficient-credits";
const PAYMENT_REQUIRED: u16 = 402;
pub(super) const CONFLICT: u16 = 409;
pub(super) const TOO_LARGE: u16 = 413;
pub(super) const UNAVAILABLE: u16 = 503;
pub(super) const QUOTA: u16 = 507;

pub(super) fn fault(kind: FaultKind, status: u16, detail: &str) -> Fault {
    Fault {
        status,
        ..kind.raise(detail.chars().take(DETAIL_CHARS).collect::<String>())
    }
}

pub(super) fn of_failure(failure: Failure) -> Fault {
    let detail = failure.to_string();
    match failure {
        Failure::Malformed(_) => FaultKind::Validation.raise(detail),
        Failure::Forbidden(_) => FaultKind::Authorization.raise(detail),
        Failure::Refused { status, .. } => fault(FaultKind::Communication, status, &detail),
        Failure::Timeout(_) => FaultKind::Timeout.raise(detail),
        Failure::Unreachable(_) => fault(FaultKind::Communication, UNAVAILABLE, &detail),
    }
}

/// The org has no credits left this month. The type is one of its own, so that a document can catch it by name.
pub(super) fn no_credits() -> Fault {
    Fault {
        r#type: NO_CREDITS_TYPE.to_owned(),
        title: Some("Insufficient Credits".to_owned()),
        status: PAYMENT_REQUIRED,
        detail: Some("the org has used up its credits of this month".to_owned()),
        instance: None,
    }
}

/// The cause goes to the log only, because it names tables.
pub(super) fn of_store(error: StoreError) -> Fault {
    tracing::warn!(%error, "a row of an org's table could not be read or written; the action fails");
    match error {
        StoreError::Unavailable { .. } => {
            let detail = "the table does not answer now";
            fault(FaultKind::Communication, UNAVAILABLE, detail)
        }
        StoreError::BadRecord { .. } => FaultKind::Runtime.raise("the row cannot be read"),
        StoreError::TooLarge { .. } => fault(
            FaultKind::Validation,
            TOO_LARGE,
            "the row is larger than a row may be",
        ),
    }
}

pub(super) fn not_json(what: &str) -> Fault {
    FaultKind::Communication.raise(format!("{what} is not JSON"))
}
