//! Rules that fields of several resources share. It does not know the resources.

use crate::inbound::Inbound;
use crate::problem::Problem;

const MAX_NAME_CHARS: usize = 200;

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

/// A query parameter, where the request has it.
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
