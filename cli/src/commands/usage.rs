//! `usage`: what the org used, by day.

use serde_json::Value;

use crate::client::op;
use crate::context::Context;
use crate::failure::{Exit, Result};
use crate::output::views;

/// Prints the last 31 days, the earliest first.
pub(crate) fn run(context: &Context) -> Result<Exit> {
    let usage = context.client()?.call(op::USAGE, &[]).json()?;
    let days = usage.get("days").and_then(Value::as_array);
    context.out.list(
        &views::DAY_USAGE,
        days.map(Vec::as_slice).unwrap_or_default(),
    )?;
    Ok(Exit::Success)
}
