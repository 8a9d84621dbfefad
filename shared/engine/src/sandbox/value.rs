//! The values that expressions work on. They keep count of their own memory and depth, and charge for what walks them.
//!
//! Own values, rather than those of the interpreter's JSON crate, because comparing, hashing, printing or cloning a
//! shared structure can cost exponentially more than building it, and only the value itself can see that.

use super::meter::{Exhausted, Held, MAX_DEPTH, MAX_TEXT_BYTES, charge, charge_scan, give_up};
use super::number::Num;
use indexmap::IndexMap;
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

/// The members of an object, in the order in which they were added.
pub(super) type Entries = IndexMap<Rc<str>, Val>;

/// A string. The count is the first field of each of these, so that a copy is paid for before it is made.
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

/// An object.
#[derive(Clone, Debug)]
pub(super) struct Dict {
    held: Held,
    depth: usize,
    key_bytes: usize,
    entries: Entries,
}

/// What an empty text, list or dict holds; an upper estimate.
const BASE_BYTES: usize = 64;
/// What one more element of a list holds.
pub(super) const ITEM_BYTES: usize = 32;
/// What one more entry of a dict holds, its key's characters not included.
pub(super) const ENTRY_BYTES: usize = 112;

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

    pub(super) fn dict(entries: Entries) -> Self {
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

    /// The name of the value's type, as the filter `type` gives it.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Num(_) => "number",
            Self::Text(_) => "string",
            Self::List(_) => "array",
            Self::Dict(_) => "object",
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

    /// Replaces one element, without going over the others. Makes room up to `index` with nulls, which is charged.
    pub(super) fn put(&mut self, index: usize, item: Val) {
        self.depth = self.depth.max(1 + item.depth());
        if self.depth > MAX_DEPTH {
            give_up(Exhausted::Depth)
        }
        if index >= self.items.len() {
            charge_scan((index + 1 - self.items.len()).saturating_mul(ITEM_BYTES));
            self.held
                .resize(BASE_BYTES.saturating_add(ITEM_BYTES.saturating_mul(index + 1)));
            self.items.resize(index + 1, Val::Null);
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
    pub(super) fn entries(&self) -> &Entries {
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

    /// Removes the members that are not kept.
    pub(super) fn retain(&mut self, mut is_kept: impl FnMut(&str) -> bool) {
        charge_scan(self.entries.len() * ITEM_BYTES);
        self.entries.retain(|key, _| is_kept(key));
        self.key_bytes = self.entries.keys().map(|key| key.len()).sum();
        self.count();
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
