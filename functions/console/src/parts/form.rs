//! Forms that change something: each with the token of the session, and none for a key that only reads.

use maud::{Markup, html};

use crate::layout::token;
use crate::visit::{ONCE_FIELD, Visit};

/// What most visitors of a page come for.
const PRIMARY: [&str; 3] = ["Activate", "Replay", "Retry now"];

/// A button that posts to a path; nothing for a key that only reads.
pub(crate) fn act(visit: &Visit<'_>, path: &str, label: &str) -> Markup {
    act_with(visit, path, label, &[])
}

/// The same with hidden fields.
pub(crate) fn act_with(
    visit: &Visit<'_>,
    path: &str,
    label: &str,
    fields: &[(&str, &str)],
) -> Markup {
    html! {
        @if visit.session.is_admin() {
            form.act method="post" action=(path) {
                (token(visit))
                input type="hidden" name=(ONCE_FIELD) value=(visit.once());
                @for (name, value) in fields {
                    input type="hidden" name=(name) value=(value);
                }
                button.main[PRIMARY.contains(&label)] { (label) }
            }
        }
    }
}

/// A list to choose one value from: values with their labels.
pub(crate) fn select(name: &str, label: &str, options: &[(&str, &str)], chosen: &str) -> Markup {
    html! {
        label {
            span { (label) }
            select name=(name) {
                @for (value, label) in options {
                    option value=(value) selected[*value == chosen] { (label) }
                }
            }
        }
    }
}

/// A box to tick.
pub(crate) fn checkbox(name: &str, value: &str, label: &Markup, is_checked: bool) -> Markup {
    html! {
        label.tick {
            input type="checkbox" name=(name) value=(value) checked[is_checked];
            (label)
        }
    }
}
