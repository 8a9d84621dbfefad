//! Statuses as a shape and a word, so that none is told by its colour alone.

use maud::{Markup, html};

/// Shape and meaning of each status of executions, steps, deliveries and receivers.
fn look(status: &str) -> (&'static str, &'static str) {
    match status {
        "succeeded" | "delivered" | "active" | "enabled" => ("good", "M3 8.5l3.5 3.5L13 4.5"),
        "failed" | "exhausted" | "rejected" => ("bad", "M4 4l8 8M12 4l-8 8"),
        "running" => ("busy", "M8 2.5a5.5 5.5 0 1 0 5.5 5.5"),
        "failing" => ("bad", "M8 3v6M8 12.5v.01"),
        "paused" => ("busy", "M5.5 3.5v9M10.5 3.5v9"),
        "waiting" | "pending" => ("busy", "M8 4v4l2.5 2.5M8 2.5a5.5 5.5 0 1 0 .01 0"),
        "queued" => ("idle", "M8 2.5a5.5 5.5 0 1 0 .01 0"),
        _ => ("off", "M3.5 8h9"),
    }
}

/// A status in its own word.
pub(crate) fn status(status: &str) -> Markup {
    let (meaning, shape) = look(status);
    html! {
        span class={"status " (meaning)} {
            svg viewBox="0 0 16 16" aria-hidden="true" { path d=(shape) {} }
            (status)
        }
    }
}

/// Whether something is enabled.
pub(crate) fn enabled(is: bool) -> Markup {
    status(if is { "enabled" } else { "disabled" })
}

/// Whether a workflow is active.
pub(crate) fn active(is: bool) -> Markup {
    status(if is { "active" } else { "inactive" })
}

/// A word that only some rows have.
pub(crate) fn flag(is: bool, word: &str) -> Markup {
    html! { @if is { " " span.flag { (word) } } }
}
