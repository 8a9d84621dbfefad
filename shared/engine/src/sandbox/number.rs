//! Numbers of expressions: integers that stay exact in the range JSON carries, everything else as a 64-bit float.
//!
//! There are no big integers, so no arithmetic grows beyond a machine word. A float without a fraction becomes an
//! integer, as jq prints it.

use std::cmp::Ordering;
use std::fmt;

/// A number. Build it with [`Num::int`] or [`Num::float`], which keep the form unique.
#[derive(Clone, Copy, Debug)]
pub(super) enum Num {
    /// Between the least `i64` and the greatest `u64`.
    Int(i128),
    /// Anything else, `NaN` and the infinities included.
    Float(f64),
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

    pub(super) fn as_f64(self) -> f64 {
        match self {
            Self::Int(value) => value as f64,
            Self::Float(value) => value,
        }
    }

    /// The number as an index or count, if it is an integer.
    pub(super) fn as_isize(self) -> Option<isize> {
        match self {
            Self::Int(value) => isize::try_from(value).ok(),
            Self::Float(_) => None,
        }
    }

    pub(super) fn is_int(self) -> bool {
        matches!(self, Self::Int(_))
    }

    pub(super) fn is_nan(self) -> bool {
        matches!(self, Self::Float(value) if value.is_nan())
    }

    pub(super) fn negated(self) -> Self {
        match self {
            Self::Int(value) => Self::int(-value),
            Self::Float(value) => Self::float(-value),
        }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        self.exactly(other, i128::checked_add, |x, y| x + y)
    }

    pub(super) fn minus(self, other: Self) -> Self {
        self.exactly(other, i128::checked_sub, |x, y| x - y)
    }

    pub(super) fn times(self, other: Self) -> Self {
        self.exactly(other, i128::checked_mul, |x, y| x * y)
    }

    /// The quotient, or nothing when the divisor is zero.
    pub(super) fn over(self, other: Self) -> Option<Self> {
        if other.as_f64() == 0.0 {
            return None;
        }
        Some(match (self, other) {
            (Self::Int(x), Self::Int(y)) if x % y == 0 => Self::int(x / y),
            (x, y) => Self::float(x.as_f64() / y.as_f64()),
        })
    }

    /// The remainder of the integer parts, with the sign of the dividend, or nothing when the divisor's is zero.
    pub(super) fn modulo(self, other: Self) -> Option<Self> {
        let whole = |number: Self| match number {
            Self::Int(value) => value,
            Self::Float(value) => value as i128,
        };
        if self.is_nan() || other.is_nan() {
            return Some(Self::Float(f64::NAN));
        }
        whole(self).checked_rem(whole(other)).map(Self::int)
    }

    fn exactly(
        self,
        other: Self,
        exact: fn(i128, i128) -> Option<i128>,
        rounded: fn(f64, f64) -> f64,
    ) -> Self {
        match (self, other) {
            (Self::Int(x), Self::Int(y)) => match exact(x, y) {
                Some(value) => Self::int(value),
                None => Self::Float(rounded(x as f64, y as f64)),
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
                (false, false) => x
                    .as_f64()
                    .partial_cmp(&y.as_f64())
                    .unwrap_or(Ordering::Equal),
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
            Self::Float(value) if value.is_nan() => f.write_str("null"),
            Self::Float(value) => {
                let finite = value.clamp(f64::MIN, f64::MAX);
                match serde_json::Number::from_f64(finite) {
                    Some(number) => write!(f, "{number}"),
                    None => f.write_str("null"),
                }
            }
        }
    }
}
