//! The time-out that clients of the refly profile set and read. Nothing ends by it: how long a workflow may run is said in its
//! document.

use crate::limits::MAX_REFLY_TIMEOUT_SECS;

/// A time-out of the refly profile, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReflyTimeout(u32);

/// The number is no time-out.
#[derive(Debug, thiserror::Error)]
#[error("a timeout is 1 to {MAX_REFLY_TIMEOUT_SECS} seconds")]
pub struct InvalidReflyTimeout;

impl Default for ReflyTimeout {
    fn default() -> Self {
        Self(30)
    }
}

impl ReflyTimeout {
    /// Checks a number of seconds.
    pub fn from_secs(secs: u64) -> Result<Self, InvalidReflyTimeout> {
        match u32::try_from(secs) {
            Ok(secs @ 1..=MAX_REFLY_TIMEOUT_SECS) => Ok(Self(secs)),
            _ => Err(InvalidReflyTimeout),
        }
    }

    /// The number of seconds.
    pub fn as_secs(self) -> u32 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_a_second_to_a_day() {
        for secs in [1, 30, 86_400] {
            let timeout = ReflyTimeout::from_secs(secs).unwrap();
            assert_eq!(u64::from(timeout.as_secs()), secs);
        }
        for secs in [0, 86_401, u64::MAX] {
            assert!(ReflyTimeout::from_secs(secs).is_err(), "{secs}");
        }
    }
}
