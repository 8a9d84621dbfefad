//! The values as the interpreter's standard library reads them: bytes, numbers, elements.

use super::meter::charge;
use super::number::Num;
use super::value::Val;
use jaq_std::ValT;

impl ValT for Val {
    fn into_seq<S: FromIterator<Self>>(self) -> Result<S, Self> {
        match self {
            Self::List(list) => Ok(list
                .items()
                .iter()
                .map(|item| {
                    charge(1);
                    item.clone()
                })
                .collect()),
            other => Err(other),
        }
    }

    fn is_int(&self) -> bool {
        matches!(self, Self::Num(number) if number.is_int())
    }

    fn as_isize(&self) -> Option<isize> {
        match self {
            Self::Num(number) => number.as_isize(),
            Self::Null | Self::Bool(_) | Self::Text(_) | Self::List(_) | Self::Dict(_) => None,
        }
    }

    fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Num(number) => Some(Num::as_f64(number)),
            Self::Null | Self::Bool(_) | Self::Text(_) | Self::List(_) | Self::Dict(_) => None,
        }
    }

    fn is_utf8_str(&self) -> bool {
        matches!(self, Self::Text(_))
    }

    fn as_bytes(&self) -> Option<&[u8]> {
        self.as_str().map(str::as_bytes)
    }

    fn as_sub_str(&self, part: &[u8]) -> Self {
        Self::text(String::from_utf8_lossy(part))
    }

    fn from_utf8_bytes(bytes: impl AsRef<[u8]> + Send + 'static) -> Self {
        Self::text(String::from_utf8_lossy(bytes.as_ref()))
    }
}
