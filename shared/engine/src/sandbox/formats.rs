//! The formats that strings can have: HTML, URI, base64, base32 and the shell.

use super::arithmetic::admit_text;
use super::failure;
use super::meter::charge_scan;
use super::value::Val;
use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use jaq_core::{Error, ValR};

/// Reads base64 with and without padding, as the parts of a JWT have it.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn text_of(value: &Val) -> Result<&str, Error<Val>> {
    value
        .as_str()
        .ok_or_else(|| failure::unsuitable(value, "is not a string"))
}

/// `< > & ' "` as entities.
pub(super) fn html(value: &Val) -> ValR<Val> {
    replaced(value, |character| match character {
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '&' => Some("&amp;"),
        '\'' => Some("&apos;"),
        '"' => Some("&quot;"),
        _ => None,
    })
}

/// A single-quoted word of a POSIX shell, without the quotes around it.
pub(super) fn shell(value: &Val) -> ValR<Val> {
    replaced(value, |character| (character == '\'').then_some("'\\''"))
}

/// A cell of tab-separated values.
pub(super) fn tsv(value: &Val) -> ValR<Val> {
    replaced(value, |character| match character {
        '\t' => Some("\\t"),
        '\r' => Some("\\r"),
        '\n' => Some("\\n"),
        '\\' => Some("\\\\"),
        _ => None,
    })
}

/// The inside of a quoted cell of comma-separated values.
pub(super) fn csv(value: &Val) -> ValR<Val> {
    replaced(value, |character| (character == '"').then_some("\"\""))
}

/// A NUL character becomes `\0` in all of them, as in jq.
fn replaced(value: &Val, by: fn(char) -> Option<&'static str>) -> ValR<Val> {
    let text = text_of(value)?;
    let mut new = String::with_capacity(text.len());
    for character in text.chars() {
        let null = (character == '\0').then_some("\\0");
        match null.or_else(|| by(character)) {
            Some(other) => new.push_str(other),
            None => new.push(character),
        }
    }
    admit_text(new.len());
    Ok(Val::text(new))
}

/// All but letters, digits and `- _ . ~` as percent codes.
pub(super) fn uri(value: &Val) -> ValR<Val> {
    let text = text_of(value)?;
    let mut new = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            new.push(char::from(byte));
        } else {
            new.push_str(&format!("%{byte:02X}"));
        }
    }
    admit_text(new.len());
    Ok(Val::text(new))
}

/// Percent codes as what they stand for, which has to be UTF-8.
pub(super) fn from_uri(value: &Val) -> ValR<Val> {
    let text = text_of(value)?;
    charge_scan(text.len());
    let is_code = |after: &str| {
        let digits = after.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
    match decoded {
        Ok(decoded) if text.split('%').skip(1).all(is_code) => Ok(Val::text(decoded.into_owned())),
        Ok(_) | Err(_) => Err(failure::unsuitable(value, "is not a valid uri encoding")),
    }
}

pub(super) fn base64(value: &Val) -> ValR<Val> {
    let text = text_of(value)?;
    admit_text(text.len().saturating_mul(4) / 3);
    Ok(Val::text(STANDARD.encode(text)))
}

/// Bytes that are no UTF-8 become U+FFFD.
pub(super) fn from_base64(value: &Val) -> ValR<Val> {
    let text = text_of(value)?;
    charge_scan(text.len());
    let unpadded = text.trim_end_matches('=');
    match LENIENT.decode(unpadded) {
        Ok(bytes) => Ok(Val::text(String::from_utf8_lossy(&bytes).into_owned())),
        Err(_) => Err(failure::unsuitable(value, "is not valid base64 data")),
    }
}

pub(super) fn base32(value: &Val) -> ValR<Val> {
    let text = text_of(value)?;
    admit_text(text.len().saturating_mul(8) / 5);
    let mut new = String::new();
    for chunk in text.as_bytes().chunks(5) {
        let mut bits = 0_u64;
        for at in 0..5 {
            bits = bits << 8 | u64::from(chunk.get(at).copied().unwrap_or(0));
        }
        let used = (chunk.len() * 8).div_ceil(5);
        for at in 0..8 {
            let index = (bits >> (35 - 5 * at)) as usize & 31;
            let digit = BASE32.get(index).copied().unwrap_or(b'=');
            new.push(if at < used { char::from(digit) } else { '=' });
        }
    }
    Ok(Val::text(new))
}

pub(super) fn from_base32(value: &Val) -> ValR<Val> {
    let text = text_of(value)?;
    charge_scan(text.len());
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for digit in text.trim_end_matches('=').bytes() {
        let Some(index) = BASE32.iter().position(|known| *known == digit) else {
            return Err(failure::unsuitable(value, "is not valid base32 data"));
        };
        bits = bits << 5 | index as u32;
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    Ok(Val::text(String::from_utf8_lossy(&bytes).into_owned()))
}
