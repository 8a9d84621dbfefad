//! Pages of a list: `limit`, and the cursor that the next page begins after. A cursor is a position in one list and
//! nothing else, so one of another list is refused and one of another org shows nothing. It does not know what is
//! listed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::limits::{DEFAULT_PAGE_ITEMS, MAX_PAGE_BYTES, MAX_PAGE_ITEMS};
use domain::{Cursor, DeliveryId, ExecutionId, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};

use crate::inbound::Inbound;
use crate::problem::Problem;
use crate::status::Code;

/// The first part of every cursor. A cursor of another version is refused.
const VERSION: &str = "1";

/// How many items a client asks for, and after which position.
#[derive(Debug, PartialEq, Eq)]
pub struct Paging<C> {
    /// The largest number of items.
    pub limit: usize,
    /// The position of the last item of the page before.
    pub after: Option<C>,
}

/// One page of a list.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "{T}Page"))]
pub struct Page<T = Value> {
    /// The items in the order of the list.
    pub items: Vec<T>,
    /// What `cursor` has to be for the next page; `null` on the last one.
    pub next_cursor: Option<String>,
}

/// One page of a list that is searched only so far.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "{T}Page"))]
pub struct SearchedPage<T = Value> {
    /// The page.
    #[serde(flatten)]
    pub page: Page<T>,
    /// Nothing older than this time was looked at, where the search is bounded: set `since` to look further back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub searched_until: Option<Timestamp>,
}

/// A position in a list.
pub trait PageCursor: Sized + PartialOrd {
    /// The list whose positions these are.
    const LIST: &'static str;

    /// The position as text.
    fn write(&self) -> String;

    /// Reads what [`write`](Self::write) wrote.
    fn read(text: &str) -> Option<Self>;

    /// Whether the list shows this position after the other one.
    fn is_after(&self, other: &Self) -> bool {
        self > other
    }
}

/// An id whose records are listed by creation time, the newest first.
pub trait NewestFirst: Ord + Copy + std::fmt::Display {
    /// The list of these records.
    const LIST: &'static str;

    /// Parses an id.
    fn parse_id(text: &str) -> Option<Self>;
}

impl NewestFirst for ExecutionId {
    const LIST: &'static str = "executions";

    fn parse_id(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

impl NewestFirst for DeliveryId {
    const LIST: &'static str = "deliveries";

    fn parse_id(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

impl<I: NewestFirst> PageCursor for Cursor<I> {
    const LIST: &'static str = I::LIST;

    fn write(&self) -> String {
        format!("{} {}", self.created_at.as_millis(), self.id)
    }

    fn read(text: &str) -> Option<Self> {
        let (millis, id) = text.split_once(' ')?;
        Some(Self {
            created_at: Timestamp::from_millis(millis.parse().ok()?),
            id: I::parse_id(id)?,
        })
    }

    fn is_after(&self, other: &Self) -> bool {
        self < other
    }
}

impl<C: PageCursor> Paging<C> {
    /// `limit` is 1 to 100, 20 by default; `cursor` is the `nextCursor` of the page before.
    pub(crate) fn parse(inbound: &Inbound) -> Result<Self, Problem> {
        Self::parse_with(inbound, DEFAULT_PAGE_ITEMS, MAX_PAGE_ITEMS)
    }

    /// The same with another default and another maximum of `limit`.
    pub(crate) fn parse_with(
        inbound: &Inbound,
        default_limit: usize,
        max_limit: usize,
    ) -> Result<Self, Problem> {
        Ok(Self {
            limit: limit(inbound, max_limit)?.unwrap_or(default_limit),
            after: inbound.parameter("cursor").map(read_cursor).transpose()?,
        })
    }

    /// The items of the page of a whole list in its order, and the position of the next page, if there is one.
    pub fn select<'a, T>(
        &self,
        list: &'a [T],
        cursor: impl Fn(&T) -> C,
    ) -> (Vec<&'a T>, Option<C>) {
        let after = self.after.as_ref();
        let rest = list.iter();
        let rest = rest.filter(|item| after.is_none_or(|after| cursor(item).is_after(after)));
        let mut shown: Vec<&'a T> = rest.take(self.limit + 1).collect();
        let has_more = shown.len() > self.limit;
        shown.truncate(self.limit);
        let next = shown.last().filter(|_| has_more).map(|last| cursor(last));
        (shown, next)
    }
}

impl Page {
    /// The page of a whole list in its order: what follows the cursor, at most `limit` items and as many as fit into an
    /// answer.
    pub fn of_list<'a, T, C: PageCursor, V: Serialize>(
        list: &'a [T],
        paging: &Paging<C>,
        cursor: impl Fn(&T) -> C,
        view: impl Fn(&'a T) -> V,
    ) -> Self {
        let (shown, next) = paging.select(list, &cursor);
        Self::of_items(&shown, next, |item| cursor(item), |item| view(*item))
    }

    /// The page of items that are one page already, as many as fit into an answer; `next` is the position that the
    /// store gave for the next page.
    pub fn of_items<'a, T, C: PageCursor, V: Serialize>(
        items: &'a [T],
        next: Option<C>,
        cursor: impl Fn(&T) -> C,
        view: impl Fn(&'a T) -> V,
    ) -> Self {
        let mut shown = Vec::with_capacity(items.len());
        let mut bytes = 0;
        let mut last = None;
        for item in items {
            let value = json!(view(item));
            bytes += escaped_bytes(&value);
            // The first item is shown whatever it takes: without it no page would ever reach the next one.
            if bytes > MAX_PAGE_BYTES && last.is_some() {
                return Self {
                    items: shown,
                    next_cursor: last.map(|last| write_cursor(&cursor(last))),
                };
            }
            shown.push(value);
            last = Some(item);
        }
        Self {
            items: shown,
            next_cursor: next.map(|next| write_cursor(&next)),
        }
    }
}

/// The bytes that a value takes in the answer of a function: Lambda's answer holds the body as a string, in which
/// quotes and backslashes are escaped.
pub(crate) fn escaped_bytes(value: &Value) -> usize {
    let text = value.to_string();
    let escaped = text.bytes().filter(|byte| matches!(byte, b'"' | b'\\'));
    text.len() + escaped.count()
}

/// A position as the text of `nextCursor`.
pub fn write_cursor<C: PageCursor>(cursor: &C) -> String {
    URL_SAFE_NO_PAD.encode(format!("{VERSION} {} {}", C::LIST, cursor.write()))
}

/// Refuses a parameter that the route does not have: a misspelt filter would show everything.
pub(crate) fn only(inbound: &Inbound, known: &[&str]) -> Result<(), Problem> {
    let unknown = inbound
        .query
        .iter()
        .find(|(name, _)| !known.contains(&name.as_str()));
    match unknown {
        None => Ok(()),
        Some((name, _)) => Err(Problem::invalid_parameter(
            name,
            format!("The parameters here are {}.", known.join(", ")),
        )),
    }
}

fn limit(inbound: &Inbound, max: usize) -> Result<Option<usize>, Problem> {
    let parse = |text: &str| {
        let number = text.parse::<usize>().ok();
        number.filter(|limit| (1..=max).contains(limit))
    };
    let invalid = || {
        let detail = format!("limit is a whole number from 1 to {max}.");
        Problem::invalid_parameter("limit", detail)
    };
    let given = inbound.parameter("limit");
    given
        .map(|text| parse(text).ok_or_else(invalid))
        .transpose()
}

/// Reads what [`write_cursor`] wrote.
pub(crate) fn read_cursor<C: PageCursor>(text: &str) -> Result<C, Problem> {
    let read = || {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let rest = text.strip_prefix(VERSION)?.strip_prefix(' ')?;
        C::read(rest.strip_prefix(C::LIST)?.strip_prefix(' ')?)
    };
    read().ok_or_else(|| {
        Problem::new(
            Code::InvalidCursor,
            "Send the nextCursor of the page before as it was, or none to start again.",
        )
    })
}

#[cfg(test)]
mod tests;
