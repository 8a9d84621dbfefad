//! Durations: an object of units, an ISO 8601 string, or an expression that gives either.

use super::diagnostics::Diagnostics;
use super::scope::{Position, Scope};
use super::template::Template;
use jiff::{SignedDuration, Span, SpanRelativeTo, Unit};
use serde_json::Value;

/// A duration that may depend on expressions.
#[derive(Debug)]
pub(crate) struct Duration(Template);

/// The longest duration: ten years. A longer one is a mistake, and with the limit arithmetic on times cannot overflow.
const MAX_MS: i64 = 10 * 366 * 86_400_000;

impl Duration {
    pub(super) fn parse(
        value: &Value,
        pointer: &str,
        scope: &Scope,
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let template = Template::parse(
            value,
            pointer,
            scope.at(Position::TaskDefinition),
            diagnostics,
        );
        if let Some(literal) = template.literal()
            && let Err(reason) = duration_ms(literal)
        {
            diagnostics.add(pointer, reason);
        }
        Self(template)
    }

    pub(crate) fn template(&self) -> &Template {
        &self.0
    }
}

/// The duration in milliseconds; the error is a sentence for the author.
pub(crate) fn duration_ms(value: &Value) -> Result<i64, String> {
    let total = match value {
        Value::String(text) => from_iso(text)?,
        Value::Object(units) => {
            if units.is_empty() {
                return Err("a duration needs at least one unit".to_owned());
            }
            let mut total = 0_i64;
            for (unit, amount) in units {
                total = total.saturating_add(unit_ms(unit, amount)?);
            }
            total
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            return Err("a duration is an ISO 8601 string or an object of units".to_owned());
        }
    };
    if total > MAX_MS {
        Err("a duration is at most ten years".to_owned())
    } else {
        Ok(total)
    }
}

fn unit_ms(unit: &str, amount: &Value) -> Result<i64, String> {
    let unit_ms = match unit {
        "days" => 86_400_000_i64,
        "hours" => 3_600_000,
        "minutes" => 60_000,
        "seconds" => 1_000,
        "milliseconds" => 1,
        other => return Err(format!("`{other}` is not a unit of a duration")),
    };
    match amount
        .as_u64()
        .and_then(|amount| i64::try_from(amount).ok())
    {
        Some(amount) => Ok(amount.saturating_mul(unit_ms)),
        None => Err(format!("`{unit}` must be a whole number, zero or more")),
    }
}

fn from_iso(text: &str) -> Result<i64, String> {
    let wrong = || format!("`{text}` is not an ISO 8601 duration, such as PT15S or P1DT12H");
    if !text.starts_with('P') {
        return Err(wrong());
    }
    let span: Span = text.parse().map_err(|_| wrong())?;
    if span.get_years() != 0 || span.get_months() != 0 {
        return Err("years and months differ in length; use days".to_owned());
    }
    let days = SpanRelativeTo::days_are_24_hours();
    let total: SignedDuration = match span.total((Unit::Millisecond, days)) {
        Ok(total) if total >= 0.0 => SignedDuration::from_millis(total as i64),
        Ok(_) | Err(_) => return Err(wrong()),
    };
    i64::try_from(total.as_millis()).map_err(|_| wrong())
}
