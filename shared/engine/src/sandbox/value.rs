//! The values that expressions work on. They keep count of their own memory and depth, and charge for what walks them.
//!
//! Own values, rather than wrapped ones of the interpreter's JSON crate, because comparing, hashing, printing or
//! cloning a shared structure can cost exponentially more than building it, and only the value itself can see that.

use super::meter::{Exhausted, Held, MAX_DEPTH, MAX_TEXT_BYTES, charge, charge_scan, give_up};
use super::number::Num;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

/// A JSON value with shared, counted parts.
#[derive(Clone, Debug, Default)]
pub(super) enum Val {
    #[default]
    Null,
    Bool(bool),
    Num(Num),
    Text(Rc<Text>),
    List(Rc<List>),
    Dict(Rc<Dict>),
}

/// A string. The count stands first in each of these, so that a copy is paid for before it is made.
#[derive(Clone, Debug)]
pub(super) struct Text {
    _held: Held,
    text: Box<str>,
}

/// An array.
#[derive(Clone, Debug)]
pub(super) struct List {
    held: Held,
    depth: usize,
    items: Vec<Val>,
}

/// An object; its keys are sorted, so that everything derived from it is deterministic.
#[derive(Clone, Debug)]
pub(super) struct Dict {
    held: Held,
    depth: usize,
    key_bytes: usize,
    entries: BTreeMap<Rc<str>, Val>,
}

/// What an empty text, list or dict holds; an upper estimate.
const BASE_BYTES: usize = 64;
/// What one more element of a list holds.
pub(super) const ITEM_BYTES: usize = 32;
/// What one more entry of a dict holds, its key's characters not included.
pub(super) const ENTRY_BYTES: usize = 96;
/// How much of a value an error message shows.
const SHOWN_BYTES: usize = 200;

impl Val {
    pub(super) fn text(text: impl Into<Box<str>>) -> Self {
        let text = text.into();
        if text.len() > MAX_TEXT_BYTES {
            give_up(Exhausted::Text)
        }
        let _held = Held::new(BASE_BYTES + text.len());
        Self::Text(Rc::new(Text { _held, text }))
    }

    pub(super) fn list(items: Vec<Self>) -> Self {
        let held = Held::new(BASE_BYTES + ITEM_BYTES * items.len());
        let depth = nested(items.iter());
        Self::List(Rc::new(List { held, depth, items }))
    }

    pub(super) fn dict(entries: BTreeMap<Rc<str>, Self>) -> Self {
        let key_bytes = entries.keys().map(|key| key.len()).sum();
        let held = Held::new(BASE_BYTES + key_bytes + ENTRY_BYTES * entries.len());
        let depth = nested(entries.values());
        Self::Dict(Rc::new(Dict {
            held,
            depth,
            key_bytes,
            entries,
        }))
    }

    pub(super) fn depth(&self) -> usize {
        match self {
            Self::Null | Self::Bool(_) | Self::Num(_) | Self::Text(_) => 0,
            Self::List(list) => list.depth,
            Self::Dict(dict) => dict.depth,
        }
    }

    /// Null and false are false; all else is true.
    pub(super) fn is_true(&self) -> bool {
        !matches!(self, Self::Null | Self::Bool(false))
    }

    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text.as_str()),
            Self::Null | Self::Bool(_) | Self::Num(_) | Self::List(_) | Self::Dict(_) => None,
        }
    }
}

fn nested<'a>(children: impl Iterator<Item = &'a Val>) -> usize {
    let depth = 1 + children.map(Val::depth).max().unwrap_or(0);
    if depth > MAX_DEPTH {
        give_up(Exhausted::Depth)
    }
    depth
}

impl Text {
    /// The characters; reading them is charged.
    pub(super) fn as_str(&self) -> &str {
        charge_scan(self.text.len());
        &self.text
    }
}

impl List {
    pub(super) fn items(&self) -> &[Val] {
        &self.items
    }

    /// Changes the elements and counts again.
    pub(super) fn change<T>(&mut self, change: impl FnOnce(&mut Vec<Val>) -> T) -> T {
        let changed = change(&mut self.items);
        charge_scan(self.items.len());
        self.depth = nested(self.items.iter());
        self.held.resize(BASE_BYTES + ITEM_BYTES * self.items.len());
        changed
    }

    /// Replaces one element by one of known depth, without going over the others.
    pub(super) fn put(&mut self, index: usize, item: Val) {
        self.depth = self.depth.max(1 + item.depth());
        if self.depth > MAX_DEPTH {
            give_up(Exhausted::Depth)
        }
        if let Some(place) = self.items.get_mut(index) {
            *place = item;
        }
    }

    /// Takes one element out, leaving null in its place.
    pub(super) fn take(&mut self, index: usize) -> Val {
        self.items
            .get_mut(index)
            .map(std::mem::take)
            .unwrap_or_default()
    }

    pub(super) fn append(&mut self, more: &[Val]) {
        self.held
            .resize(BASE_BYTES + ITEM_BYTES * (self.items.len() + more.len()));
        self.depth = self.depth.max(nested(more.iter()));
        self.items.extend_from_slice(more);
    }
}

impl Dict {
    pub(super) fn entries(&self) -> &BTreeMap<Rc<str>, Val> {
        &self.entries
    }

    pub(super) fn get(&self, key: &str) -> Option<&Val> {
        charge(1);
        self.entries.get(key)
    }

    pub(super) fn put(&mut self, key: Rc<str>, value: Val) {
        charge(1);
        self.depth = self.depth.max(1 + value.depth());
        if self.depth > MAX_DEPTH {
            give_up(Exhausted::Depth)
        }
        let key_bytes = key.len();
        if self.entries.insert(key, value).is_none() {
            self.key_bytes += key_bytes;
            self.count();
        }
    }

    pub(super) fn remove(&mut self, key: &str) -> Option<Val> {
        charge(1);
        let removed = self.entries.remove(key)?;
        self.key_bytes -= key.len();
        self.count();
        Some(removed)
    }

    /// Takes one value out, leaving null in its place.
    pub(super) fn take(&mut self, key: &str) -> Option<Val> {
        charge(1);
        self.entries.get_mut(key).map(std::mem::take)
    }

    fn count(&mut self) {
        self.held
            .resize(BASE_BYTES + self.key_bytes + ENTRY_BYTES * self.entries.len());
    }
}

/// As JSON, cut short: this form is for error messages.
impl fmt::Display for Val {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = super::json::Bounded::new(SHOWN_BYTES);
        let is_whole = serde_json::to_writer(&mut shown, self).is_ok();
        f.write_str(&shown.into_text())?;
        if is_whole { Ok(()) } else { f.write_str("…") }
    }
}
