//! Removes several keys of one array or object at once. Every key means a place in the value as it was before.

use super::failure::error;
use super::meter::charge_scan;
use super::places::{bounds, position, slice_bounds};
use super::value::{ITEM_BYTES, Val};
use jaq_core::{Error, ValR};
use std::rc::Rc;

/// The value without the parts that `keys` mean; what is not there stays away without an error.
pub(super) fn remove_keys(mut value: Val, keys: &[&Val]) -> ValR<Val> {
    if keys.is_empty() {
        return Ok(value);
    }
    match &mut value {
        Val::Null => {}
        Val::List(list) => {
            let length = list.items().len();
            charge_scan(length * ITEM_BYTES);
            let mut is_gone = vec![false; length];
            for key in keys {
                mark(key, &mut is_gone)?;
            }
            Rc::make_mut(list).change(|items| {
                let mut marks = is_gone.into_iter();
                items.retain(|_| !marks.next().unwrap_or(false));
            });
        }
        Val::Dict(dict) => {
            let names = keys.iter().map(|key| {
                let name = key.as_str();
                name.ok_or_else(|| cannot_delete("object", key))
            });
            let mut names = names.collect::<Result<Vec<_>, _>>()?;
            names.sort_unstable();
            let is_kept = |name: &str| names.binary_search(&name).is_err();
            Rc::make_mut(dict).retain(is_kept);
        }
        Val::Bool(_) | Val::Num(_) | Val::Text(_) => {
            let kind = value.type_name();
            return Err(error(format!("Cannot delete fields from {kind}")));
        }
    }
    Ok(value)
}

/// Marks the elements that a key of an array means.
fn mark(key: &Val, is_gone: &mut [bool]) -> Result<(), Error<Val>> {
    match key {
        Val::Num(number) => {
            if let Some(place) = position(number, is_gone.len()).and_then(|at| is_gone.get_mut(at))
            {
                *place = true;
            }
            Ok(())
        }
        Val::Dict(slice) => {
            let (start, end) = slice_bounds(slice)?;
            let (start, end) = bounds(&(Some(&start)..Some(&end)), is_gone.len())?;
            if let Some(marks) = is_gone.get_mut(start..end) {
                charge_scan(marks.len());
                marks.fill(true);
            }
            Ok(())
        }
        other => Err(cannot_delete("array", other)),
    }
}

fn cannot_delete(from: &str, key: &Val) -> Error<Val> {
    let part = if from == "array" { "element" } else { "field" };
    error(format!(
        "Cannot delete {} {part} of {from}",
        key.type_name()
    ))
}
