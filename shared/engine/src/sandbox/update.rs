//! Updates of one place in a value: `.[k] |= f` and `.[a:b] |= f`.
//!
//! An array is never stretched: an index past its end is an error, except the one just past it, which appends.

use super::arithmetic::admit_text;
use super::places::{bounds, position};
use super::value::Val;
use jaq_core::path::Opt;
use jaq_core::val::Range;
use jaq_core::{Error, Exn, ValX};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Replaces what stands at `index` by the first output of `f`, or removes it when there is none.
pub(super) fn at_index<'a, I: Iterator<Item = ValX<'a, Val>>>(
    value: Val,
    index: &Val,
    opt: Opt,
    f: impl Fn(Val) -> I,
) -> ValX<'a, Val> {
    match (value, index) {
        (Val::Dict(mut dict), Val::Text(key)) => {
            let key = key.as_str();
            let dict_mut = Rc::make_mut(&mut dict);
            let old = dict_mut.take(key).unwrap_or_default();
            match f(old).next().transpose()? {
                Some(new) => dict_mut.put(Rc::from(key), new),
                None => drop(dict_mut.remove(key)),
            }
            Ok(Val::Dict(dict))
        }
        (Val::Null, Val::Text(_)) => at_index(Val::dict(BTreeMap::new()), index, opt, f),
        (Val::Null, Val::Num(_)) => at_index(Val::list(Vec::new()), index, opt, f),
        (Val::List(mut list), Val::Num(number)) => {
            let length = list.items().len();
            let list_mut = Rc::make_mut(&mut list);
            if let Some(at) = position(*number, length) {
                let old = list_mut.take(at);
                match f(old).next().transpose()? {
                    Some(new) => list_mut.put(at, new),
                    None => drop(list_mut.change(|items| items.remove(at))),
                }
            } else if number.as_isize() == isize::try_from(length).ok() {
                if let Some(new) = f(Val::Null).next().transpose()? {
                    list_mut.append(&[new]);
                }
            } else {
                return opt.fail(Val::List(list), |_| Exn::from(out_of_bounds(index)));
            }
            Ok(Val::List(list))
        }
        (value @ (Val::Null | Val::List(_) | Val::Text(_)), Val::Dict(limits)) => {
            let (start, end) = (limits.get("start").cloned(), limits.get("end").cloned());
            at_range(value, start.as_ref()..end.as_ref(), opt, f)
        }
        (value, index) => opt.fail(value, |value| Exn::from(Error::index(value, index.clone()))),
    }
}

fn out_of_bounds(index: &Val) -> Error<Val> {
    Error::str(format_args!(
        "cannot set index {index}: it is past the end of the array"
    ))
}

/// Replaces a slice by the first output of `f`, or removes it when there is none.
pub(super) fn at_range<'a, I: Iterator<Item = ValX<'a, Val>>>(
    value: Val,
    range: Range<&Val>,
    opt: Opt,
    f: impl Fn(Val) -> I,
) -> ValX<'a, Val> {
    match value {
        Val::Null => at_range(Val::list(Vec::new()), range, opt, f),
        Val::List(mut list) => {
            let (start, end) = bounds(&range, list.items().len())?;
            let slice = list
                .items()
                .get(start..end)
                .unwrap_or_default()
                .iter()
                .cloned()
                .collect();
            let new = match f(slice).next().transpose()? {
                Some(Val::List(new)) => new.items().to_vec(),
                Some(other) => return Err(Exn::from(Error::typ(other, "array"))),
                None => Vec::new(),
            };
            Rc::make_mut(&mut list).change(|items| drop(items.splice(start..end, new)));
            Ok(Val::List(list))
        }
        Val::Text(text) => {
            let text = text.as_str();
            let (start, end) = bounds(&range, text.chars().count())?;
            let part = |from, count| text.chars().skip(from).take(count).collect::<String>();
            let new = match f(Val::text(part(start, end - start))).next().transpose()? {
                Some(new) => match new.as_str() {
                    Some(new) => new.to_owned(),
                    None => return Err(Exn::from(Error::typ(new, "string"))),
                },
                None => String::new(),
            };
            admit_text(text.len() + new.len());
            Ok(Val::text(
                [part(0, start), new, part(end, usize::MAX)].concat(),
            ))
        }
        other => opt.fail(other, |other| {
            Exn::from(Error::typ(other, "array or string"))
        }),
    }
}
