//! Times and durations. The server writes UTC; a module shows how long ago it was, with the exact time on hover.

use domain::Timestamp;
use maud::{Markup, html};

/// A time as the API writes it; a dash where there is none.
pub(crate) fn time(text: Option<&str>) -> Markup {
    match text {
        Some(text) => {
            html! { time datetime=(text) title={ (shown(text)) " UTC" } { (shown(text)) } }
        }
        None => html! { span.none { "–" } },
    }
}

/// Date and time to the second.
fn shown(text: &str) -> String {
    match (text.get(..10), text.get(11..19)) {
        (Some(date), Some(time)) => format!("{date} {time}"),
        _ => text.to_owned(),
    }
}

/// A time as the API writes it in milliseconds since the epoch.
pub(crate) fn millis_of(text: &str) -> Option<i64> {
    Timestamp::parse(text).ok().map(Timestamp::as_millis)
}

/// How long it is from one time to the other.
pub(crate) fn millis_between(from: Option<&str>, to: Option<&str>) -> Option<i64> {
    Some(millis_of(to?)? - millis_of(from?)?)
}

/// The time a day earlier.
pub(crate) fn day_before(now: Timestamp) -> String {
    now.plus_days(-1).to_string()
}

/// A duration in its two largest units.
pub(crate) fn duration(millis: i64) -> String {
    let millis = millis.max(0);
    let secs = millis / 1_000;
    match secs {
        0 => format!("{millis} ms"),
        1..=9 => format!("{}.{} s", secs, millis % 1_000 / 100),
        10..=59 => format!("{secs} s"),
        60..=3_599 => format!("{} min {} s", secs / 60, secs % 60),
        3_600..=86_399 => format!("{} h {} min", secs / 3_600, secs % 3_600 / 60),
        _ => format!("{} d {} h", secs / 86_400, secs % 86_400 / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_at_most_two_units() {
        for (millis, expected) in [
            (-5, "0 ms"),
            (999, "999 ms"),
            (1_250, "1.2 s"),
            (59_999, "59 s"),
            (61_000, "1 min 1 s"),
            (7_260_000, "2 h 1 min"),
            (180_000_000, "2 d 2 h"),
        ] {
            assert_eq!(duration(millis), expected);
        }
    }
}
