//! Between values of expressions and JSON, in both directions, charged and bounded.
//!
//! Serde carries both: JSON text and `serde_json` values read into [`Val`] as they are parsed, so that nothing large is
//! built before it is paid for.

use super::meter::{Held, charge, charge_scan};
use super::number::Num;
use super::value::{ENTRY_BYTES, Val};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;

/// A buffer that refuses more than it was made for.
pub(super) struct Bounded {
    buffer: Vec<u8>,
    left_bytes: usize,
}

impl Bounded {
    pub(super) fn new(bytes: usize) -> Self {
        Self {
            buffer: Vec::new(),
            left_bytes: bytes,
        }
    }

    pub(super) fn into_text(self) -> String {
        String::from_utf8(self.buffer)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }
}

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > self.left_bytes {
            return Err(io::Error::other("too long"));
        }
        self.left_bytes -= bytes.len();
        self.buffer.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Counts what a value would take as JSON; keeps nothing.
pub(super) struct Counted {
    pub(super) left_bytes: usize,
}

impl io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.left_bytes.checked_sub(bytes.len()) {
            Some(left) => self.left_bytes = left,
            None => return Err(io::Error::other("too long")),
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Serialize for Val {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        charge(1);
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Num(number) => serialize_number(*number, serializer),
            Self::Text(text) => serializer.serialize_str(text.as_str()),
            Self::List(list) => {
                let mut sequence = serializer.serialize_seq(Some(list.items().len()))?;
                for item in list.items() {
                    sequence.serialize_element(item)?;
                }
                sequence.end()
            }
            Self::Dict(dict) => {
                let mut map = serializer.serialize_map(Some(dict.entries().len()))?;
                for (key, value) in dict.entries() {
                    charge_scan(key.len());
                    map.serialize_entry(&**key, value)?;
                }
                map.end()
            }
        }
    }
}

fn serialize_number<S: Serializer>(number: Num, serializer: S) -> Result<S::Ok, S::Error> {
    match number {
        Num::Int(value) => match i64::try_from(value) {
            Ok(value) => serializer.serialize_i64(value),
            Err(_) => serializer.serialize_u64(value as u64),
        },
        Num::Float(value) if value.is_nan() => serializer.serialize_unit(),
        Num::Float(value) => serializer.serialize_f64(value.clamp(f64::MIN, f64::MAX)),
    }
}

impl<'de> Deserialize<'de> for Val {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Val;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Val, E> {
        Ok(Val::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Val, E> {
        Ok(Val::Num(Num::int(value.into())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Val, E> {
        Ok(Val::Num(Num::int(value.into())))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Val, E> {
        Ok(Val::Num(Num::float(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Val, E> {
        charge_scan(value.len());
        Ok(Val::text(value))
    }

    fn visit_unit<E>(self) -> Result<Val, E> {
        Ok(Val::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Val, A::Error> {
        std::iter::from_fn(|| items.next_element::<Val>().transpose()).collect()
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Val, A::Error> {
        let mut dict = BTreeMap::new();
        let mut key_bytes = 0;
        let mut held = Held::new(0);
        while let Some((key, value)) = entries.next_entry::<String, Val>()? {
            // How `serde_json` hands over a number that no Rust number prints in the same way.
            if key == "$serde_json::private::Number"
                && let Some(number) = value.as_str().and_then(|text| text.parse().ok())
            {
                return Ok(Val::Num(Num::float(number)));
            }
            key_bytes += key.len();
            dict.insert(Rc::from(key), value);
            held.resize(key_bytes + dict.len() * ENTRY_BYTES);
        }
        drop(held);
        Ok(Val::dict(dict))
    }
}
