//! Numbers of expressions: integers that stay exact within 64 bits, other numbers as 64-bit floats, and numbers that
//! neither can hold as the digits in which they were written.
//!
//! Arithmetic on a number that is held as digits uses its nearest float, so no arithmetic grows beyond a machine word.

use super::meter::{Held, charge_scan};
use super::number_text::{compare_digits, is_same_number};
use std::cmp::Ordering;
use std::fmt;
use std::rc::Rc;

/// A number. Build it with [`Num::int`], [`Num::float`] or [`Num::parse`], which keep the form unique.
#[derive(Clone, Debug)]
pub(super) enum Num {
    /// Between the least `i64` and the greatest `u64`.
    Int(i128),
    /// Anything else, `NaN` and the infinities included.
    Float(f64),
    /// A literal that neither an `Int` nor a `Float` would print in the same way.
    Literal(Rc<Literal>),
}

/// The text of a number and its nearest float.
#[derive(Debug)]
pub(super) struct Literal {
    _held: Held,
    text: Box<str>,
    nearest: f64,
}

/// Integers up to here are exact in a float.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl Num {
    pub(super) fn int(value: i128) -> Self {
        if (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&value) {
            Self::Int(value)
        } else {
            Self::Float(value as f64)
        }
    }

    pub(super) fn float(value: f64) -> Self {
        let is_negative_zero = value == 0.0 && value.is_sign_negative();
        if value.fract() == 0.0 && value.abs() <= EXACT && !is_negative_zero {
            Self::Int(value as i128)
        } else {
            Self::Float(value)
        }
    }

    /// Reads a JSON number. Nothing when the text is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        // Parsing the integer first is the common case. `-0` is no integer: it keeps its sign.
        if let Ok(value) = text.parse::<i128>()
            && text.len() <= 20
            && !text.starts_with('+')
            && text != "-0"
            && let Self::Int(value) = Self::int(value)
        {
            return Some(Self::Int(value));
        }
        let nearest: f64 = text.parse().ok()?;
        if is_same_number(text, nearest) {
            return Some(Self::float(nearest));
        }
        Some(Self::Literal(Rc::new(Literal {
            _held: Held::new(text.len()),
            text: text.into(),
            nearest,
        })))
    }

    pub(super) fn as_f64(&self) -> f64 {
        match self {
            Self::Int(value) => *value as f64,
            Self::Float(value) => *value,
            Self::Literal(literal) => literal.nearest,
        }
    }

    /// The number as an index or count, if it is an integer.
    pub(super) fn as_isize(&self) -> Option<isize> {
        match self {
            Self::Int(value) => isize::try_from(*value).ok(),
            Self::Float(_) => None,
            Self::Literal(_) => match Self::float(self.as_f64()) {
                Self::Int(value) => isize::try_from(value).ok(),
                Self::Float(_) | Self::Literal(_) => None,
            },
        }
    }

    pub(super) fn is_int(&self) -> bool {
        self.as_isize().is_some() || matches!(self, Self::Int(_))
    }

    pub(super) fn is_nan(&self) -> bool {
        self.as_f64().is_nan()
    }

    /// The digits as they were written, where the number is held so.
    pub(super) fn literal(&self) -> Option<&str> {
        match self {
            Self::Literal(literal) => Some(&literal.text),
            Self::Int(_) | Self::Float(_) => None,
        }
    }

    /// The number as arithmetic uses it: an integer or a float.
    fn rounded(&self) -> Self {
        match self {
            Self::Int(_) | Self::Float(_) => self.clone(),
            Self::Literal(literal) => Self::float(literal.nearest),
        }
    }

    /// The number with the other sign; a literal keeps its digits.
    pub(super) fn negated(&self) -> Self {
        match self {
            Self::Int(value) => Self::int(-value),
            Self::Float(value) => Self::float(-value),
            Self::Literal(literal) => {
                let text = match literal.text.strip_prefix('-') {
                    Some(unsigned) => unsigned.to_owned(),
                    None => format!("-{}", literal.text),
                };
                Self::parse(&text).unwrap_or(Self::Float(-literal.nearest))
            }
        }
    }

    /// The order of two numbers that round to the same float, where their digits are known.
    fn by_digits(&self, other: &Self) -> Ordering {
        let text = |number: &Self| match number {
            Self::Int(value) => Some(value.to_string()),
            Self::Literal(literal) => Some(literal.text.to_string()),
            Self::Float(_) => None,
        };
        match (self, other, text(self), text(other)) {
            (Self::Int(_), Self::Int(_), ..) => Ordering::Equal,
            (_, _, Some(x), Some(y)) => {
                charge_scan(x.len() + y.len());
                compare_digits(&x, &y)
            }
            _ => Ordering::Equal,
        }
    }

    pub(super) fn plus(&self, other: &Self) -> Self {
        self.exactly(other, i128::checked_add, |x, y| x + y)
    }

    pub(super) fn minus(&self, other: &Self) -> Self {
        self.exactly(other, i128::checked_sub, |x, y| x - y)
    }

    pub(super) fn times(&self, other: &Self) -> Self {
        self.exactly(other, i128::checked_mul, |x, y| x * y)
    }

    /// The quotient, or nothing when the divisor is zero.
    pub(super) fn over(&self, other: &Self) -> Option<Self> {
        if other.as_f64() == 0.0 {
            return None;
        }
        Some(match (self.rounded(), other.rounded()) {
            (Self::Int(x), Self::Int(y)) if x % y == 0 => Self::int(x / y),
            (x, y) => Self::float(x.as_f64() / y.as_f64()),
        })
    }

    /// The remainder of the integer parts, with the sign of the dividend, or nothing when the divisor's is zero.
    pub(super) fn modulo(&self, other: &Self) -> Option<Self> {
        if self.is_nan() || other.is_nan() {
            return Some(Self::Float(f64::NAN));
        }
        let whole = |number: &Self| match number {
            Self::Int(value) => *value,
            // The cast saturates, as jq's does at 64 bits.
            Self::Float(_) | Self::Literal(_) => i128::from(number.as_f64() as i64),
        };
        whole(self).checked_rem(whole(other).abs()).map(Self::int)
    }

    fn exactly(
        &self,
        other: &Self,
        exact: fn(i128, i128) -> Option<i128>,
        rounded: fn(f64, f64) -> f64,
    ) -> Self {
        match (self, other) {
            (Self::Int(x), Self::Int(y)) => match exact(*x, *y) {
                Some(value) => Self::int(value),
                None => Self::Float(rounded(*x as f64, *y as f64)),
            },
            (x, y) => Self::float(rounded(x.as_f64(), y.as_f64())),
        }
    }
}

/// The order that sorting uses; `NaN` comes before every other number and equals itself here.
impl Ord for Num {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Int(x), Self::Int(y)) => x.cmp(y),
            (x, y) => match (x.is_nan(), y.is_nan()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Less,
                (false, true) => Ordering::Greater,
                (false, false) => {
                    let rounded = x.as_f64().partial_cmp(&y.as_f64());
                    rounded
                        .unwrap_or(Ordering::Equal)
                        .then_with(|| x.by_digits(y))
                }
            },
        }
    }
}

impl PartialOrd for Num {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Num {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Num {}

/// As JSON: `NaN` is `null`, an infinity is the greatest float, both as jq does.
impl fmt::Display for Num {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(value) => write!(f, "{value}"),
            Self::Float(value) => f.write_str(&super::number_text::float(*value)),
            Self::Literal(literal) => f.write_str(&literal.text),
        }
    }
}
