//! The operators `+ - * / %` and negation on values of expressions, each charged before it builds anything.

use super::failure::{unsuitable, unsuitable_pair};
use super::meter::{Exhausted, MAX_TEXT_BYTES, charge, charge_scan, give_up};
use super::number::Num;
use super::value::{Dict, Val};
use jaq_core::ValR;
use std::ops::{Add, Div, Mul, Neg, Rem, Sub};
use std::rc::Rc;

impl Add for Val {
    type Output = ValR<Self>;

    fn add(self, other: Self) -> ValR<Self> {
        charge(1);
        match (self, other) {
            (Self::Null, x) | (x, Self::Null) => Ok(x),
            (Self::Num(x), Self::Num(y)) => Ok(Self::Num(x.plus(&y))),
            (Self::Text(x), Self::Text(y)) => {
                let (x, y) = (x.as_str(), y.as_str());
                admit_text(x.len() + y.len());
                Ok(Self::text([x, y].concat()))
            }
            (Self::List(mut x), Self::List(y)) => {
                Rc::make_mut(&mut x).append(y.items());
                Ok(Self::List(x))
            }
            (Self::Dict(mut x), Self::Dict(y)) => {
                let sum = Rc::make_mut(&mut x);
                for (key, value) in y.entries() {
                    sum.put(Rc::clone(key), value.clone());
                }
                Ok(Self::Dict(x))
            }
            (x, y) => Err(unsuitable_pair(&x, &y, "cannot be added")),
        }
    }
}

/// Refuses a string too long before it is built.
pub(super) fn admit_text(bytes: usize) {
    if bytes > MAX_TEXT_BYTES {
        give_up(Exhausted::Text)
    }
    charge_scan(bytes);
}

impl Sub for Val {
    type Output = ValR<Self>;

    fn sub(self, other: Self) -> ValR<Self> {
        charge(1);
        match (self, other) {
            (Self::Num(x), Self::Num(y)) => Ok(Self::Num(x.minus(&y))),
            (Self::List(mut x), Self::List(y)) => {
                let mut gone: Vec<&Self> = y.items().iter().collect();
                gone.sort();
                // One that is found may be unequal all the same: `NaN` equals nothing.
                let is_kept = |item: &Self| match gone.binary_search(&item) {
                    Ok(at) => gone.get(at).is_none_or(|found| *found != item),
                    Err(_) => true,
                };
                Rc::make_mut(&mut x).change(|items| items.retain(is_kept));
                Ok(Self::List(x))
            }
            (x, y) => Err(unsuitable_pair(&x, &y, "cannot be subtracted")),
        }
    }
}

impl Mul for Val {
    type Output = ValR<Self>;

    fn mul(self, other: Self) -> ValR<Self> {
        charge(1);
        match (self, other) {
            (Self::Num(x), Self::Num(y)) => Ok(Self::Num(x.times(&y))),
            (Self::Text(text), Self::Num(times)) | (Self::Num(times), Self::Text(text)) => {
                Ok(repeated(text.as_str(), &times))
            }
            (Self::Dict(mut x), Self::Dict(y)) => {
                merge(Rc::make_mut(&mut x), &y);
                Ok(Self::Dict(x))
            }
            (x, y) => Err(unsuitable_pair(&x, &y, "cannot be multiplied")),
        }
    }
}

/// A string so many times; null when the count is negative.
fn repeated(text: &str, times: &Num) -> Val {
    let times = times.as_f64();
    if times.is_nan() || times < 0.0 {
        return Val::Null;
    }
    // The cast saturates.
    let times = times as usize;
    admit_text(text.len().saturating_mul(times));
    Val::text(text.repeat(times))
}

/// Merges objects all the way down. The depth of values bounds the recursion.
fn merge(into: &mut Dict, from: &Dict) {
    for (key, value) in from.entries() {
        let merged = match (into.take(key), value) {
            (Some(Val::Dict(mut old)), Val::Dict(new)) => {
                merge(Rc::make_mut(&mut old), new);
                Val::Dict(old)
            }
            (Some(_) | None, value) => value.clone(),
        };
        into.put(Rc::clone(key), merged);
    }
}

impl Div for Val {
    type Output = ValR<Self>;

    fn div(self, other: Self) -> ValR<Self> {
        charge(1);
        match (self, other) {
            (Self::Num(x), Self::Num(y)) => match x.over(&y) {
                Some(quotient) => Ok(Self::Num(quotient)),
                None => Err(zero_divisor(x, y, "cannot be divided")),
            },
            (Self::Text(x), Self::Text(y)) => {
                let (text, separator) = (x.as_str(), y.as_str());
                if text.is_empty() {
                    return Ok(Self::list(Vec::new()));
                }
                if separator.is_empty() {
                    return Ok(text.chars().map(|c| Self::text(c.to_string())).collect());
                }
                Ok(text.split(separator).map(Self::text).collect())
            }
            (x, y) => Err(unsuitable_pair(&x, &y, "cannot be divided")),
        }
    }
}

impl Rem for Val {
    type Output = ValR<Self>;

    fn rem(self, other: Self) -> ValR<Self> {
        charge(1);
        match (self, other) {
            (Self::Num(x), Self::Num(y)) => match x.modulo(&y) {
                Some(rest) => Ok(Self::Num(rest)),
                None => Err(zero_divisor(x, y, "cannot be divided (remainder)")),
            },
            (x, y) => Err(unsuitable_pair(&x, &y, "cannot be divided (remainder)")),
        }
    }
}

fn zero_divisor(x: Num, y: Num, cannot: &str) -> jaq_core::Error<Val> {
    let sentence = format!("{cannot} because the divisor is zero");
    unsuitable_pair(&Val::Num(x), &Val::Num(y), &sentence)
}

impl Neg for Val {
    type Output = ValR<Self>;

    fn neg(self) -> ValR<Self> {
        match self {
            Self::Num(number) => Ok(Self::Num(number.negated())),
            other => Err(unsuitable(&other, "cannot be negated")),
        }
    }
}
