//! One attempt at a delivery, and what its answer means: 2xx is success, 410 disables the subscription, anything else is a
//! failure that is retried (Standard Webhooks, "Response status codes").

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// How much of an answer's body is stored.
pub const KEPT_BODY_BYTES: usize = 16 * 1024;

/// One attempt at a delivery, as the API shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// From 1.
    pub number: u32,
    /// When it began.
    pub at: Timestamp,
    /// The HTTP status, where the receiver answered.
    pub status: Option<u16>,
    /// How long it took.
    pub latency_ms: i64,
    /// A sentence, where there was no answer, or the answer was no success, or its body was cut off.
    pub error: Option<String>,
    /// The headers of the answer.
    pub response_headers: Vec<(String, String)>,
    /// The first [`KEPT_BODY_BYTES`] of the answer's body; bytes that are not UTF-8 are replaced.
    pub response_body: Option<String>,
}

impl Attempt {
    /// An attempt without a result yet.
    pub fn begun(number: u32, at: Timestamp) -> Self {
        Self {
            number,
            at,
            status: None,
            latency_ms: 0,
            error: None,
            response_headers: Vec::new(),
            response_body: None,
        }
    }
}

/// The result of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver took the event.
    Delivered,
    /// The receiver could not be reached, or answered with a failure.
    Failed {
        /// How long the receiver asks to wait, from now.
        retry_after_ms: Option<i64>,
    },
    /// The receiver did not answer within the time limit.
    TimedOut,
    /// The receiver answered that it no longer exists.
    Gone,
    /// Nothing was sent, because the template does not fit the event.
    Unsendable,
}

impl Outcome {
    /// The result that an answer means. `status` is `None` where there was no answer; `retry_after` is the value of that
    /// header: seconds, or a date (RFC 9110, section 10.2.3).
    pub fn of_answer(status: Option<u16>, retry_after: Option<&str>, now: Timestamp) -> Self {
        match status {
            Some(200..=299) => Self::Delivered,
            Some(410) => Self::Gone,
            Some(_) | None => Self::Failed {
                retry_after_ms: retry_after.and_then(|value| wait_ms(value.trim(), now)),
            },
        }
    }
}

fn wait_ms(retry_after: &str, now: Timestamp) -> Option<i64> {
    let is_number =
        !retry_after.is_empty() && retry_after.bytes().all(|byte| byte.is_ascii_digit());
    if is_number {
        // A number that is too large counts as the largest: the schedule limits it.
        let seconds = retry_after.parse().unwrap_or(i64::MAX);
        return Some(seconds.saturating_mul(1000));
    }
    let at = Timestamp::parse_http_date(retry_after)?;
    Some(at.millis_since(now).max(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbound::next_delay_ms;

    #[test]
    fn an_answer_is_judged_by_its_status_alone() {
        let now = Timestamp::from_millis(1_445_412_420_000);
        let judge = |status, header| Outcome::of_answer(status, header, now);
        let failed = |retry_after_ms| Outcome::Failed { retry_after_ms };
        assert_eq!(judge(Some(200), None), Outcome::Delivered);
        assert_eq!(judge(Some(299), Some("5")), Outcome::Delivered);
        assert_eq!(judge(Some(410), None), Outcome::Gone);
        assert_eq!(judge(Some(302), None), failed(None));
        assert_eq!(judge(Some(199), None), failed(None));
        assert_eq!(judge(None, None), failed(None));
        assert_eq!(judge(Some(429), Some(" 120 ")), failed(Some(120_000)));
        let date = "Wed, 21 Oct 2015 07:28:00 GMT";
        assert_eq!(judge(Some(503), Some(date)), failed(Some(60_000)));
        assert_eq!(judge(Some(503), Some("soon")), failed(None));
        assert_eq!(judge(Some(503), Some("")), failed(None));
        assert_eq!(judge(Some(503), Some("+5")), failed(None));
        assert_eq!(judge(Some(503), Some("-1")), failed(None));
    }

    #[test]
    fn whoever_asks_for_ages_waits_a_day() {
        let now = Timestamp::from_millis(1_445_412_420_000);
        let in_a_day = Some(24 * 3_600 * 1_000);
        for asked in [
            "86400",
            "4294967296",
            "9999999999",
            "99999999999999999999999999",
            "Fri, 31 Dec 9999 23:59:59 GMT",
        ] {
            let Outcome::Failed { retry_after_ms } =
                Outcome::of_answer(Some(503), Some(asked), now)
            else {
                panic!("{asked} is no answer to 503");
            };
            assert_eq!(next_delay_ms(1, retry_after_ms, 0), in_a_day, "{asked}");
        }
    }
}
