//! Looking for parts in values: `contains`, `has`, `indices`, `bsearch`.

use super::failure::{self, error};
use super::meter::charge;
use super::value::Val;
use jaq_core::{Error, ValR};
use std::cmp::Ordering;

pub(super) fn contains(x: &Val, y: &Val) -> Result<bool, Error<Val>> {
    charge(1);
    Ok(match (x, y) {
        (Val::Text(x), Val::Text(y)) => x.as_str().contains(y.as_str()),
        (Val::List(x), Val::List(y)) => y.items().iter().all(|wanted| {
            x.items()
                .iter()
                .any(|item| contains(item, wanted).unwrap_or(false))
        }),
        (Val::Dict(x), Val::Dict(y)) => y.entries().iter().all(|(key, wanted)| {
            x.get(key)
                .is_some_and(|item| contains(item, wanted).unwrap_or(false))
        }),
        (x, y) if x.type_name() == y.type_name() => x == y,
        _ => {
            return Err(failure::unsuitable_pair(
                x,
                y,
                "cannot have their containment checked",
            ));
        }
    })
}

pub(super) fn has(value: &Val, key: &Val) -> Result<bool, Error<Val>> {
    match (value, key) {
        (Val::Dict(dict), Val::Text(key)) => Ok(dict.get(key.as_str()).is_some()),
        (Val::List(list), Val::Num(index)) => {
            let index = index.as_f64();
            Ok(index >= 0.0 && index < list.items().len() as f64)
        }
        (Val::Null, Val::Num(_) | Val::Text(_)) => Ok(false),
        _ => Err(error(format!(
            "Cannot check whether {} has a {} key",
            value.type_name(),
            key.type_name()
        ))),
    }
}

/// Where `wanted` is in a string or an array: as an element, or as a part when it is an array itself.
pub(super) fn indices(value: &Val, wanted: &Val) -> ValR<Val> {
    match (value, wanted) {
        (Val::Null, _) => Ok(Val::Null),
        (Val::Text(text), Val::Text(part)) => {
            let (text, part) = (text.as_str(), part.as_str());
            if part.is_empty() {
                return Ok(Val::list(Vec::new()));
            }
            let starts = text.char_indices().enumerate().filter(|(_, (at, _))| {
                charge(1);
                text.as_bytes()
                    .get(*at..)
                    .is_some_and(|rest| rest.starts_with(part.as_bytes()))
            });
            Ok(starts.map(|(index, _)| Val::from(index)).collect())
        }
        (Val::List(_), Val::List(part)) if part.items().is_empty() => Ok(Val::list(Vec::new())),
        (Val::List(list), Val::List(part)) => {
            let windows = list.items().windows(part.items().len()).enumerate();
            let found = windows.filter(|(_, window)| *window == part.items());
            Ok(found.map(|(index, _)| Val::from(index)).collect())
        }
        (Val::List(list), item) => {
            let found = list.items().iter().enumerate().filter(|(_, x)| *x == item);
            Ok(found.map(|(index, _)| Val::from(index)).collect())
        }
        _ => Err(failure::cannot_index(value, wanted)),
    }
}

/// Where an item is in a sorted array; where it is not, minus one and minus the place at which it would go.
pub(super) fn binary_search(value: &Val, wanted: &Val) -> ValR<Val> {
    let Val::List(list) = value else {
        return Err(failure::unsuitable(value, "cannot be searched from"));
    };
    let items = list.items();
    let (mut from, mut to) = (0, items.len());
    while from < to {
        let middle = (from + to - 1) / 2;
        match items
            .get(middle)
            .map_or(Ordering::Less, |item| item.cmp(wanted))
        {
            Ordering::Equal => return Ok(Val::from(middle)),
            Ordering::Less => from = middle + 1,
            Ordering::Greater => to = middle,
        }
    }
    Ok(Val::from(
        -1 - isize::try_from(from).unwrap_or(isize::MAX - 1),
    ))
}
