//! How the interpreter makes and reads values: its `ValT`, for our [`Val`].
//!
//! Iteration never copies a shared array or object. Updates do not come through here: see [`super::update`].

use super::failure;
use super::meter::{Held, charge, charge_scan};
use super::number::Num;
use super::places::{bounds, position, slice_bounds};
use super::value::{Dict, Entries, ITEM_BYTES, Val};
use jaq_core::box_iter::{BoxIter, box_once};
use jaq_core::path::Opt;
use jaq_core::val::Range;
use jaq_core::{Error, Exn, ValR, ValX};
use std::rc::Rc;

/// Pays for the elements while they arrive: the iterator may be endless.
impl FromIterator<Self> for Val {
    fn from_iter<T: IntoIterator<Item = Self>>(iter: T) -> Self {
        let mut items = Vec::new();
        let mut held = Held::new(0);
        for item in iter {
            items.push(item);
            charge(1);
            if items.len().is_multiple_of(64) {
                held.resize(items.len() * ITEM_BYTES);
            }
        }
        drop(held);
        Self::list(items)
    }
}

impl jaq_core::ValT for Val {
    fn from_num(text: &str) -> ValR<Self> {
        let number = Num::parse(text);
        Ok(Self::Num(number.unwrap_or(Num::Float(f64::NAN))))
    }

    fn from_map<I: IntoIterator<Item = (Self, Self)>>(iter: I) -> ValR<Self> {
        let mut entries = Entries::new();
        for (key, value) in iter {
            charge(1);
            entries.insert(as_key(&key)?, value);
        }
        Ok(Self::dict(entries))
    }

    fn key_values(self) -> BoxIter<'static, ValR<(Self, Self), Self>> {
        match self {
            Self::List(_) => {
                let indices = (0_usize..).map(Self::from);
                Box::new(
                    indices
                        .zip(self.values())
                        .map(|(index, item)| Ok((index, item?))),
                )
            }
            Self::Dict(dict) => {
                let keyed = entries_of(dict, |key, value| (Self::text(key), value.clone()));
                Box::new(keyed.map(Ok))
            }
            other => box_once(Err(failure::not_iterable(&other))),
        }
    }

    fn values(self) -> Box<dyn Iterator<Item = ValR<Self>>> {
        match self {
            Self::List(list) => Box::new((0..list.items().len()).map(move |index| {
                // More than one unit: in `..`, each item comes up through all the levels above it.
                charge(3);
                Ok(list.items().get(index).cloned().unwrap_or_default())
            })),
            Self::Dict(dict) => Box::new(entries_of(dict, |_, value| value.clone()).map(Ok)),
            other => Box::new(std::iter::once(Err(failure::not_iterable(&other)))),
        }
    }

    fn index(self, index: &Self) -> ValR<Self> {
        charge(1);
        match (&self, index) {
            (Self::Null, Self::Null | Self::Num(_) | Self::Text(_)) => Ok(Self::Null),
            (Self::Dict(dict), Self::Text(key)) => {
                Ok(dict.get(key.as_str()).cloned().unwrap_or_default())
            }
            (Self::List(list), Self::Num(number)) => {
                let place = position(number, list.items().len());
                Ok(place
                    .and_then(|at| list.items().get(at))
                    .cloned()
                    .unwrap_or_default())
            }
            (Self::List(_), Self::List(_)) => super::search::indices(&self, index),
            (Self::Null | Self::List(_) | Self::Text(_), Self::Dict(dict)) => {
                let (start, end) = slice_bounds(dict)?;
                self.range(Some(&start)..Some(&end))
            }
            _ => Err(failure::cannot_index(&self, index)),
        }
    }

    fn range(self, range: Range<&Self>) -> ValR<Self> {
        match self {
            Self::Null => Ok(Self::Null),
            Self::List(list) => {
                let (start, end) = bounds(&range, list.items().len())?;
                charge_scan((end - start) * ITEM_BYTES);
                Ok(list
                    .items()
                    .get(start..end)
                    .unwrap_or_default()
                    .iter()
                    .cloned()
                    .collect())
            }
            Self::Text(text) => {
                let text = text.as_str();
                let (start, end) = bounds(&range, text.chars().count())?;
                Ok(Self::text(
                    text.chars()
                        .skip(start)
                        .take(end - start)
                        .collect::<String>(),
                ))
            }
            other => Err(failure::cannot_index(&other, &Self::dict(Entries::new()))),
        }
    }

    fn map_values<'a, I: Iterator<Item = ValX<'a, Self>>>(
        self,
        opt: Opt,
        _: impl Fn(Self) -> I,
    ) -> ValX<'a, Self> {
        not_updated(self, opt)
    }

    fn map_index<'a, I: Iterator<Item = ValX<'a, Self>>>(
        self,
        _: &Self,
        opt: Opt,
        _: impl Fn(Self) -> I,
    ) -> ValX<'a, Self> {
        not_updated(self, opt)
    }

    fn map_range<'a, I: Iterator<Item = ValX<'a, Self>>>(
        self,
        _: Range<&Self>,
        opt: Opt,
        _: impl Fn(Self) -> I,
    ) -> ValX<'a, Self> {
        not_updated(self, opt)
    }

    fn as_bool(&self) -> bool {
        self.is_true()
    }

    fn into_string(self) -> Self {
        match self {
            Self::Text(_) => self,
            other => Self::text(super::json_writer::json_text(&other)),
        }
    }
}

/// The interpreter's own updates differ from jq's; the parser never makes one of them.
fn not_updated<'a>(value: Val, opt: Opt) -> ValX<'a, Val> {
    opt.fail(value, |value| Exn::from(Error::path_expr(value)))
}

/// A key of an object: a string, nothing else.
fn as_key(value: &Val) -> Result<Rc<str>, Error<Val>> {
    match value.as_str() {
        Some(key) => Ok(Rc::from(key)),
        None => Err(failure::not_a_key(value)),
    }
}

/// Walks a shared object, without copying it.
fn entries_of<T>(dict: Rc<Dict>, project: impl Fn(&str, &Val) -> T) -> impl Iterator<Item = T> {
    (0..dict.entries().len()).filter_map(move |index| {
        charge(3);
        let (key, value) = dict.entries().get_index(index)?;
        Some(project(key, value))
    })
}
