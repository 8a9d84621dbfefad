//! Tables for people: columns where they fit, and else a block of lines for each item, so that no id is broken.

use comfy_table::{Cell, Table, presets};
use serde_json::Value;

use super::view::{Column, Show, View};
use super::{safe, safe_json};

/// Longer cells of a list are cut, but for those of the last column.
const MAX_CELL_CHARS: usize = 56;

/// The width of the terminal, where there is one.
pub(super) fn terminal_width() -> Option<usize> {
    Table::new().width().map(usize::from)
}

/// A line for each item under a header; blocks where a line is wider than the terminal.
pub(super) fn list(view: &View, items: &[Value], width: Option<usize>, color: bool) -> String {
    let cells: Vec<Vec<String>> = items
        .iter()
        .map(|item| {
            let last = view.columns.len() - 1;
            let columns = view.columns.iter().enumerate();
            let cells = columns.map(|(at, column)| {
                let text = text(column, item);
                if at == last { text } else { cut(&text) }
            });
            cells.collect()
        })
        .collect();
    let table = columns(view, &cells, color);
    let too_wide = width.is_some_and(|width| natural_width(view, &cells) > width);
    if !too_wide {
        return table;
    }
    let blocks = items.iter().map(|item| block(view.columns, item, color));
    blocks.collect::<Vec<_>>().join("\n")
}

/// A line for each field.
pub(super) fn one(view: &View, item: &Value, color: bool) -> String {
    let mut shown: Vec<&Column> = Vec::new();
    for column in view.columns.iter().chain(view.details) {
        if !shown.iter().any(|other| other.pointer == column.pointer) {
            shown.push(column);
        }
    }
    lines(&shown, item, color)
}

/// A status in its colour.
pub(super) fn status(status: &str, color: bool) -> String {
    let text = safe(status);
    let code = match status {
        "succeeded" | "delivered" | "ok" | "active" => "32",
        "failed" | "rejected" | "exhausted" | "missing" => "31",
        "cancelled" | "waiting" | "pending" | "skipped" => "33",
        "running" | "queued" => "36",
        _ => return text,
    };
    match color {
        true => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        false => text,
    }
}

fn columns(view: &View, cells: &[Vec<String>], color: bool) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).force_no_tty();
    table.set_header(view.columns.iter().map(|column| column.title));
    for row in cells {
        let row = row.iter().map(Cell::new);
        table.add_row(row);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let text = table.to_string();
    let mut result = String::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_end();
        match (index, color) {
            (0, true) => result.push_str(&format!("\u{1b}[1m{line}\u{1b}[0m")),
            _ => result.push_str(line),
        }
        result.push('\n');
    }
    // Colours come last: the table must not count them.
    if color
        && let Some(at) = view
            .columns
            .iter()
            .position(|column| column.show == Show::Status)
    {
        for row in cells {
            if let Some(cell) = row.get(at).filter(|cell| !cell.is_empty()) {
                let spaced = format!(" {cell} ");
                let colored = format!(" {} ", status(cell, true));
                if !result.contains(&colored) {
                    result = result.replace(&spaced, &colored);
                }
            }
        }
    }
    result
}

fn natural_width(view: &View, cells: &[Vec<String>]) -> usize {
    let widest = |at: usize, title: &str| {
        let column = cells.iter().filter_map(|row| row.get(at));
        let widest = column.map(|cell| cell.chars().count()).max().unwrap_or(0);
        widest.max(title.len())
    };
    let widths = view.columns.iter().enumerate();
    widths
        .map(|(at, column)| widest(at, column.title) + 2)
        .sum()
}

fn block(columns: &[Column], item: &Value, color: bool) -> String {
    lines(&columns.iter().collect::<Vec<_>>(), item, color)
}

fn lines(columns: &[&Column], item: &Value, color: bool) -> String {
    let width = columns.iter().map(|column| column.title.len()).max();
    let width = width.unwrap_or(0);
    let mut result = String::new();
    for column in columns {
        let shown = text(column, item);
        if shown.is_empty() {
            continue;
        }
        let shown = match column.show {
            Show::Status => status(&shown, color),
            _ => shown,
        };
        result.push_str(&format!("{:width$}  {shown}\n", column.title));
    }
    result
}

fn text(column: &Column, item: &Value) -> String {
    let value = item.pointer(column.pointer).unwrap_or(&Value::Null);
    match (column.show, value) {
        (_, Value::Null) => String::new(),
        (Show::Time, Value::String(time)) => safe(&seconds(time)),
        (_, Value::String(text)) => safe(text),
        (_, Value::Bool(true)) => "yes".to_owned(),
        (_, Value::Bool(false)) => "no".to_owned(),
        (_, Value::Array(items)) if items.iter().all(Value::is_string) => {
            let texts = items.iter().filter_map(Value::as_str).map(safe);
            texts.collect::<Vec<_>>().join(", ")
        }
        (_, other) => safe_json(&other.to_string()),
    }
}

/// A time without its milliseconds.
fn seconds(time: &str) -> String {
    match (time.get(..19), time.ends_with('Z')) {
        (Some(seconds), true) => format!("{seconds}Z"),
        _ => time.to_owned(),
    }
}

fn cut(text: &str) -> String {
    if text.chars().count() <= MAX_CELL_CHARS {
        return text.to_owned();
    }
    let kept: String = text.chars().take(MAX_CELL_CHARS - 1).collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::views;
    use super::*;

    fn items() -> Vec<Value> {
        vec![
            json!({"name": "shop-\u{1b}[31m", "createdAt": "2026-06-16T12:17:30.231Z", "updatedAt": null}),
        ]
    }

    #[test]
    fn a_wide_terminal_gets_columns_and_a_narrow_one_blocks() {
        let wide = list(&views::SECRET, &items(), Some(120), false);
        assert_eq!(wide.lines().count(), 2, "{wide}");
        assert!(wide.starts_with("NAME"), "{wide}");
        let narrow = list(&views::SECRET, &items(), Some(20), false);
        assert!(narrow.contains("NAME     shop-\\u{1b}[31m\n"), "{narrow}");
        assert!(narrow.contains("2026-06-16T12:17:30Z"), "{narrow}");
    }

    #[test]
    fn a_status_has_a_colour_only_where_there_may_be_one() {
        assert_eq!(status("failed", false), "failed");
        assert_eq!(status("failed", true), "\u{1b}[31mfailed\u{1b}[0m");
        assert_eq!(status("new-one", true), "new-one");
    }

    #[test]
    fn long_cells_of_a_list_are_cut() {
        assert_eq!(cut(&"x".repeat(56)).chars().count(), 56);
        assert!(cut(&"x".repeat(57)).ends_with('…'));
    }
}
