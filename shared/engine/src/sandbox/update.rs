//! Changes of parts of a value at paths: what `=`, `|=`, `setpath` and `delpaths` do.
//!
//! The value is changed in place where nothing else shares it, so that an update of every element costs one walk.

use super::failure::{self, error};
use super::meter::{charge, charge_scan};
use super::number::Num;
use super::places::{bounds, position, slice_bounds};
use super::value::{Entries, ITEM_BYTES, Val};
use crate::limits::expression::MAX_INDEX;
use jaq_core::{Error, Exn, ValR, ValT as _, ValX};
use std::rc::Rc;

/// What becomes of the value at a path: a new value, or nothing, and then the value stays.
pub(super) type Change<'c, 'a> = dyn FnMut(Val) -> ValX<'a, Option<Val>, Val> + 'c;

/// Replaces the value at `path`. Says whether it did.
pub(super) fn change_at<'a>(
    value: &mut Val,
    path: &[Val],
    change: &mut Change<'_, 'a>,
) -> ValX<'a, bool, Val> {
    charge(1);
    let Some((key, rest)) = path.split_first() else {
        let Some(new) = change(value.clone())? else {
            return Ok(false);
        };
        *value = new;
        return Ok(true);
    };
    let mut child = taken(value, key).map_err(Exn::from)?;
    let had_child = !matches!(child, Val::Null);
    let is_changed = change_at(&mut child, rest, change)?;
    if is_changed || had_child {
        put(value, key, child, is_changed).map_err(Exn::from)?;
    }
    Ok(is_changed)
}

/// Takes the part that a key means out of a value, leaving null in its place; a slice is copied.
fn taken(value: &mut Val, key: &Val) -> ValR<Val> {
    match (&mut *value, key) {
        (Val::Dict(dict), Val::Text(key)) => {
            Ok(Rc::make_mut(dict).take(key.as_str()).unwrap_or_default())
        }
        (Val::List(list), Val::Num(number)) => match position(number, list.items().len()) {
            Some(at) => Ok(Rc::make_mut(list).take(at)),
            None => Ok(Val::Null),
        },
        _ => value.clone().index(key),
    }
}

/// Puts a part back where [`taken`] took it from. A slice that has not changed is there already.
fn put(value: &mut Val, key: &Val, part: Val, is_changed: bool) -> Result<(), Error<Val>> {
    match (&mut *value, key) {
        (Val::Null, Val::Text(key)) => {
            let mut entries = Entries::new();
            entries.insert(Rc::from(key.as_str()), part);
            *value = Val::dict(entries);
            Ok(())
        }
        (Val::Dict(dict), Val::Text(key)) => {
            Rc::make_mut(dict).put(Rc::from(key.as_str()), part);
            Ok(())
        }
        (Val::Null, Val::Num(_)) => {
            let mut list = Val::list(Vec::new());
            put(&mut list, key, part, is_changed)?;
            *value = list;
            Ok(())
        }
        (Val::List(list), Val::Num(number)) => {
            let at = place_to_set(number, list.items().len())?;
            Rc::make_mut(list).put(at, part);
            Ok(())
        }
        (Val::Null | Val::List(_), Val::Dict(_)) if !is_changed => Ok(()),
        (Val::Null, Val::Dict(_)) => {
            let mut list = Val::list(Vec::new());
            put(&mut list, key, part, is_changed)?;
            *value = list;
            Ok(())
        }
        (Val::List(list), Val::Dict(slice)) => {
            let (start, end) = slice_bounds(slice)?;
            let (start, end) = bounds(&(Some(&start)..Some(&end)), list.items().len())?;
            let Val::List(new) = part else {
                return Err(error(
                    "A slice of an array can only be assigned another array",
                ));
            };
            charge_scan(new.items().len() * ITEM_BYTES);
            let new = new.items().to_vec();
            Rc::make_mut(list).change(|items| drop(items.splice(start..end, new)));
            Ok(())
        }
        (Val::Text(_), Val::Dict(_)) => Err(error("Cannot update string slices")),
        (value, Val::Dict(_)) => Err(error(format!(
            "Cannot update field at object index of {}",
            value.type_name()
        ))),
        (Val::List(_), Val::List(_)) => Err(error("Cannot update field at array index of array")),
        (value, key) => Err(failure::cannot_index(value, key)),
    }
}

/// Where an assignment to an index goes; past the end of the array is allowed.
fn place_to_set(index: &Num, length: usize) -> Result<usize, Error<Val>> {
    let index = index.as_f64().floor();
    if index.is_nan() {
        return Err(error("Cannot set array element at NaN index"));
    }
    if index < 0.0 {
        let from_start = index + length as f64;
        if from_start < 0.0 {
            return Err(error("Out of bounds negative array index"));
        }
        return Ok(from_start as usize);
    }
    if index > MAX_INDEX as f64 {
        return Err(error("Array index too large"));
    }
    Ok(index as usize)
}

/// The elements of a path.
pub(super) fn path_of(path: &Val) -> Result<&[Val], Error<Val>> {
    match path {
        Val::List(list) => Ok(list.items()),
        _ => Err(error("Path must be specified as an array")),
    }
}

/// Removes the values at several paths, all of which mean places in the value as it was before.
pub(super) fn delete_paths(value: Val, paths: &Val) -> ValR<Val> {
    let Val::List(list) = paths else {
        return Err(error("Paths must be specified as an array"));
    };
    let paths = list.items().iter().map(path_to_delete);
    let mut paths = paths.collect::<Result<Vec<&[Val]>, _>>()?;
    paths.sort_unstable();
    match paths.first() {
        None => Ok(value),
        Some([]) => Ok(Val::Null),
        Some(_) => delete_sorted(value, &paths, 0),
    }
}

fn path_to_delete(path: &Val) -> Result<&[Val], Error<Val>> {
    path_of(path).map_err(|_| {
        let kind = path.type_name();
        error(format!("Path must be specified as array, not {kind}"))
    })
}

/// Deletes sorted paths that agree in their first `level` keys, which lead to `value`.
fn delete_sorted(mut value: Val, paths: &[&[Val]], level: usize) -> ValR<Val> {
    let mut gone = Vec::new();
    let mut rest = paths;
    while let Some(key) = rest.first().and_then(|path| path.get(level)) {
        charge(1);
        let same = rest.iter().take_while(|path| path.get(level) == Some(key));
        let (group, others) = rest.split_at(same.count().max(1));
        rest = others;
        if group.iter().any(|path| path.len() == level + 1) {
            gone.push(key);
            continue;
        }
        let part = taken(&mut value, key)?;
        if !matches!(part, Val::Null) {
            let left = delete_sorted(part, group, level + 1)?;
            put(&mut value, key, left, true)?;
        }
    }
    super::removal::remove_keys(value, &gone)
}
