//! Fields and parameters that several resources have. It does not know the resources.

use domain::limits::{MAX_EVENT_SLUG_CHARS, MAX_NAME_CHARS};
use domain::{InvalidTimestamp, Timestamp};

use crate::inbound::Inbound;
use crate::problem::Problem;

/// A name for people: 1 to 200 characters, none of them a control character.
pub(crate) fn name(value: Option<String>) -> Result<String, Problem> {
    let name = value.ok_or_else(|| Problem::invalid_field("/name", "Give a name."))?;
    let fits = (1..=MAX_NAME_CHARS).contains(&name.chars().count());
    if !fits || name.trim().is_empty() || name.chars().any(char::is_control) {
        let detail = format!(
            "A name has 1 to {MAX_NAME_CHARS} characters, none of them a control character."
        );
        return Err(Problem::invalid_field("/name", detail));
    }
    Ok(name)
}

/// A slug of a workflow, or of an app in an event that an org publishes; orgs choose those freely.
pub(crate) fn is_event_slug(text: &str) -> bool {
    (1..=MAX_EVENT_SLUG_CHARS).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The rule that [`is_event_slug`] checks.
pub(crate) fn event_slug_rule() -> String {
    format!("A slug is 1 to {MAX_EVENT_SLUG_CHARS} visible ASCII characters.")
}

/// Parses a query parameter that is a time: a date and time with any offset, or a date, which is midnight UTC. A plus sign
/// that was not percent-encoded arrives as a space and is read as a plus.
pub(crate) fn moment(inbound: &Inbound, name: &str) -> Result<Option<Timestamp>, Problem> {
    parameter(inbound, name, parse_moment)
}

/// Parses a time as [`moment`] does.
pub(crate) fn parse_moment(text: &str) -> Result<Timestamp, InvalidTimestamp> {
    let with_plus = text.replace(' ', "+");
    let midnight = || Timestamp::parse(&format!("{text}T00:00:00Z"));
    Timestamp::parse(&with_plus).or_else(|_| midnight())
}

/// Parses a query parameter, where the request has it.
pub(crate) fn parameter<T, E: std::fmt::Display>(
    inbound: &Inbound,
    name: &str,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<Option<T>, Problem> {
    inbound
        .parameter(name)
        .map(parse)
        .transpose()
        .map_err(|error| Problem::invalid_parameter(name, format!("{error}.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn since(text: &str) -> Option<i64> {
        let mut inbound = Inbound::read(lambda_http::Request::default());
        inbound.query = vec![("since".to_owned(), text.to_owned())];
        let moment = moment(&inbound, "since").ok()?;
        moment.map(Timestamp::as_millis)
    }

    #[test]
    fn a_moment_may_have_an_offset_that_was_not_encoded_or_be_a_date() {
        let new_year = 1_767_225_600_000;
        assert_eq!(since("2026-01-01T00:00:00Z"), Some(new_year));
        assert_eq!(since("2026-01-01T02:00:00+02:00"), Some(new_year));
        assert_eq!(since("2026-01-01T02:00:00 02:00"), Some(new_year));
        assert_eq!(since("2026-01-01"), Some(new_year));
        for text in [
            "2026-01",
            "yesterday",
            "",
            "2026-13-01",
            "2026-01-01T00:00:00",
        ] {
            assert_eq!(since(text), None, "{text}");
        }
    }
}
