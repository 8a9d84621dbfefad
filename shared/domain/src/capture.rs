//! The window in which the next request to a trigger becomes its sample. It does not know where the window is kept, nor
//! which of several requests at once gets it.

use std::fmt;

use crate::{Timestamp, WebhookRequest};

/// How long after it is asked for a window opens, in milliseconds. A container trusts its cached configuration for that
/// long, so by then every container knows of the window.
pub const CAPTURE_OPENS_AFTER_MS: i64 = 5_000;
/// How long a window is open, in seconds: 3 minutes.
pub const CAPTURE_WINDOW_SECS: i64 = 180;
/// How long after the window closed a captured request is kept, in seconds: an hour, in which to confirm it.
pub const CAPTURE_KEPT_SECS: i64 = 3_600;

/// The id of one window: a request that is to be captured names it, so that no window of before gets anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CaptureId(u128);

/// The window in which the next request becomes the sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaptureWindow {
    /// Its id.
    pub id: CaptureId,
    /// From then on.
    pub opens_at: Timestamp,
    /// Until then.
    pub closes_at: Timestamp,
}

/// A request that a window got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapturedRequest {
    /// Without credentials.
    pub request: WebhookRequest,
    /// When it came.
    pub at: Timestamp,
}

/// What has become of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptureState {
    /// It opens in a few seconds.
    Pending,
    /// It waits for a request.
    Open,
    /// It got a request.
    Captured,
    /// It closed without one.
    Expired,
}

impl CaptureId {
    /// A new id.
    pub fn random(random: u128) -> Self {
        Self(random)
    }

    /// Reads what `Display` writes.
    pub fn parse(text: &str) -> Option<Self> {
        u128::from_str_radix(text, 16).ok().map(Self)
    }
}

impl fmt::Display for CaptureId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl CaptureWindow {
    /// The window that is asked for now.
    pub fn new(id: CaptureId, now: Timestamp) -> Self {
        let opens_at = now.plus_millis(CAPTURE_OPENS_AFTER_MS);
        Self {
            id,
            opens_at,
            closes_at: opens_at.plus_secs(CAPTURE_WINDOW_SECS),
        }
    }

    /// Whether a request that comes now may be captured.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.opens_at <= now && now < self.closes_at
    }

    /// What has become of it; `has_request` where it got one.
    pub fn state(&self, has_request: bool, now: Timestamp) -> CaptureState {
        match has_request {
            true => CaptureState::Captured,
            false if now < self.opens_at => CaptureState::Pending,
            false if self.is_open(now) => CaptureState::Open,
            false => CaptureState::Expired,
        }
    }

    /// When what it got is forgotten.
    pub fn kept_until(&self) -> Timestamp {
        self.closes_at.plus_secs(CAPTURE_KEPT_SECS)
    }
}

impl CaptureState {
    /// Its name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Open => "open",
            Self::Captured => "captured",
            Self::Expired => "expired",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_opens_after_five_seconds_for_three_minutes() {
        let asked = Timestamp::from_millis(1_000_000);
        let window = CaptureWindow::new(CaptureId::random(7), asked);
        for (after_ms, open, state) in [
            (0, false, CaptureState::Pending),
            (4_999, false, CaptureState::Pending),
            (5_000, true, CaptureState::Open),
            (184_999, true, CaptureState::Open),
            (185_000, false, CaptureState::Expired),
        ] {
            let now = asked.plus_millis(after_ms);
            assert_eq!(window.is_open(now), open, "{after_ms}");
            assert_eq!(window.state(false, now), state, "{after_ms}");
            assert_eq!(window.state(true, now), CaptureState::Captured);
        }
    }

    #[test]
    fn an_id_reads_back() {
        for id in [CaptureId::random(0), CaptureId::random(u128::MAX)] {
            assert_eq!(CaptureId::parse(&id.to_string()), Some(id));
        }
        assert_eq!(CaptureId::parse("window"), None);
    }
}
