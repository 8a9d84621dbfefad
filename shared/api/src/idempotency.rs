//! The header `Idempotency-Key`. It does not know what a request with the header creates.

use domain::IdempotencyKey;

use crate::inbound::Inbound;
use crate::problem::Problem;
use crate::status::Code;

/// The key, where the request has one.
pub fn key(inbound: &Inbound) -> Result<Option<IdempotencyKey>, Problem> {
    inbound
        .header("idempotency-key")
        .map(IdempotencyKey::parse)
        .transpose()
        .map_err(|error| Problem::new(Code::InvalidIdempotencyKey, format!("{error}.")))
}

/// The key was used before, for a different request.
pub fn reused() -> Problem {
    Problem::new(
        Code::IdempotencyKeyReused,
        "This Idempotency-Key was used for a different request; use a new one.",
    )
}
