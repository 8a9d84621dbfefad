//! Filters of arrays and objects that would cost too much as definitions.

use super::failure;
use super::meter::{Held, charge, charge_scan};
use super::number::Num;
use super::order::sorted_keys;
use super::value::{ITEM_BYTES, Val};
use jaq_core::{Error, ValR, ValT as _};

/// The sorted names of an object's members, or the indices of an array.
pub(super) fn keys(value: &Val) -> ValR<Val> {
    match value {
        Val::Dict(dict) => Ok(sorted_keys(dict)
            .into_iter()
            .map(|key| Val::text(&*key))
            .collect()),
        Val::List(list) => Ok((0..list.items().len()).map(Val::from).collect()),
        other => Err(failure::unsuitable(other, "has no keys")),
    }
}

/// The sum of all values; strings and arrays are put together in one go.
pub(super) fn sum(value: Val) -> ValR<Val> {
    let mut parts = value.values();
    let mut total = Val::Null;
    let mut text: Option<String> = None;
    while let Some(part) = parts.next().transpose()? {
        charge(1);
        match (&mut text, &part) {
            (Some(text), Val::Text(more)) => {
                super::arithmetic::admit_text(text.len() + more.as_str().len());
                text.push_str(more.as_str());
                continue;
            }
            (None, Val::Text(first)) if matches!(total, Val::Null) => {
                text = Some(first.as_str().to_owned());
                continue;
            }
            (Some(_), Val::Null) => continue,
            _ => {}
        }
        if let Some(text) = text.take() {
            total = Val::text(text);
        }
        total = (total + part)?;
    }
    Ok(text.map_or(total, Val::text))
}

/// An array with the elements of its arrays in their place, down to a depth.
pub(super) fn flat(value: &Val, depth: &Val) -> ValR<Val> {
    let Val::Num(depth) = depth else {
        return Err(failure::unsuitable(depth, "is no depth"));
    };
    if depth.as_f64() < 0.0 {
        return Err(failure::error("flatten depth must not be negative"));
    }
    let mut items = Vec::new();
    let mut held = Held::new(0);
    for item in value.clone().values() {
        flatten_into(&item?, depth, 0.0, &mut items, &mut held)?;
    }
    drop(held);
    Ok(Val::list(items))
}

/// The depth of values bounds the recursion.
fn flatten_into(
    item: &Val,
    depth: &Num,
    level: f64,
    items: &mut Vec<Val>,
    held: &mut Held,
) -> Result<(), Error<Val>> {
    charge(1);
    match item {
        Val::List(list) if level < depth.as_f64() => list
            .items()
            .iter()
            .try_for_each(|inner| flatten_into(inner, depth, level + 1.0, items, held)),
        other => {
            items.push(other.clone());
            if items.len().is_multiple_of(64) {
                held.resize(items.len() * ITEM_BYTES);
            }
            Ok(())
        }
    }
}

/// Rows as columns; short rows are filled with null.
pub(super) fn transposed(value: &Val) -> ValR<Val> {
    let rows = value.clone().values().collect::<Result<Vec<_>, _>>()?;
    let mut width = 0;
    for row in &rows {
        match row {
            Val::List(list) => width = width.max(list.items().len()),
            Val::Null => {}
            other => return Err(failure::cannot_index(other, &Val::from(0_usize))),
        }
    }
    charge_scan(width.saturating_mul(rows.len()).saturating_mul(ITEM_BYTES));
    let cell = |row: &Val, at: usize| match row {
        Val::List(list) => list.items().get(at).cloned().unwrap_or_default(),
        _ => Val::Null,
    };
    let column = |at: usize| rows.iter().map(|row| cell(row, at)).collect::<Val>();
    Ok((0..width).map(column).collect())
}
