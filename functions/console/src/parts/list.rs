//! The end of a list: where its next page is, and how far the search went.

use maud::{Markup, html};
use serde_json::Value;

use super::time::time;
use crate::api_calls::with_query;
use crate::json;
use crate::visit::Visit;

/// A page of a list, and its address.
pub(crate) struct Paging<'a> {
    pub(crate) path: &'a str,
    /// The filters, without the cursor.
    pub(crate) filters: &'a [(&'a str, &'a str)],
    pub(crate) page: &'a Value,
}

/// The way to the next page, and back to the first.
pub(crate) fn pager(visit: &Visit<'_>, paging: &Paging<'_>) -> Markup {
    let Paging {
        path,
        filters,
        page,
    } = paging;
    let next = json::optional(page, "nextCursor");
    let is_first = visit.parameter("cursor").is_empty();
    let searched_until = json::optional(page, "searchedUntil");
    let with = |name: &'static str, value: &str| {
        let mut query = filters.to_vec();
        query.retain(|(known, _)| *known != name);
        let mut query: Vec<(&str, &str)> = query;
        query.push((name, value));
        with_query(path, &query)
    };
    html! {
        nav.pager aria-label="Pages" {
            @if !is_first { a.button href=(with_query(path, filters)) { "First page" } }
            @if let Some(next) = next {
                a.button rel="next" href=(with("cursor", next)) { "Next page" }
            } @else if !is_first {
                span.end { "End of list" }
            }
            @if let Some(until) = searched_until {
                span.end {
                    "Searched back to " (time(Some(until))) ". "
                    a href=(with("since", &earlier(until))) { "Search one more week" }
                }
            }
        }
    }
}

/// A week before.
fn earlier(until: &str) -> String {
    let parsed = domain::Timestamp::parse(until);
    parsed.map_or(String::new(), |at| at.plus_days(-7).to_string())
}
