//! The id of the distributed trace that a request belongs to, from the sender or from X-Ray. It does not know which headers
//! carry it.

use std::fmt;
use std::num::NonZeroU128;

/// 16 bytes that are not all zero, written as 32 hex digits: a trace id of W3C Trace Context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceId(NonZeroU128);

impl TraceId {
    /// From a `traceparent` (W3C Trace Context, section 3.2): version, trace id, parent id and
    /// flags in lower-case hex. `None` for any other form, and for ids that the section rules out.
    pub fn of_traceparent(value: &str) -> Option<Self> {
        let mut parts = value.split('-');
        let version = hex(parts.next()?, 2)?;
        let trace = hex(parts.next()?, 32)?;
        let parent = hex(parts.next()?, 16)?;
        hex(parts.next()?, 2)?;
        let is_valid = version != 0xff && parent != 0 && parts.next().is_none();
        NonZeroU128::new(trace).filter(|_| is_valid).map(Self)
    }

    /// From an X-Ray tracing header, such as `Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1`:
    /// its root without version and dashes has the form of W3C's.
    pub fn of_xray(header: &str) -> Option<Self> {
        let root = header
            .split(';')
            .find_map(|part| part.trim().strip_prefix("Root=1-"))?;
        let (seconds, rest) = root.split_once('-')?;
        let trace = (hex(seconds, 8)? << 96) | hex(rest, 24)?;
        NonZeroU128::new(trace).map(Self)
    }
}

/// Lower-case hex of exactly that length.
fn hex(text: &str, digits: usize) -> Option<u128> {
    let is_hex = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if text.len() != digits || !text.as_bytes().iter().all(is_hex) {
        return None;
    }
    u128::from_str_radix(text, 16).ok()
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceparent_gives_its_trace_id() {
        let id = TraceId::of_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        assert_eq!(id.unwrap().to_string(), "0af7651916cd43dd8448eb211c80319c");
    }

    #[test]
    fn what_is_no_traceparent_gives_none() {
        for bad in [
            "",
            "x",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-02",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-+af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ] {
            assert_eq!(TraceId::of_traceparent(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_root_of_an_xray_header_has_the_same_form() {
        for header in [
            "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
            "Self=1-67891234-12456789abcdef012345678; Root=1-5759e988-bd862e3fe1be46a994272793",
        ] {
            let id = TraceId::of_xray(header).unwrap();
            assert_eq!(id.to_string(), "5759e988bd862e3fe1be46a994272793");
        }
        for bad in [
            "",
            "Root=",
            "Root=1-5759e988",
            "Root=1-5759e988-x;Sampled=1",
        ] {
            assert_eq!(TraceId::of_xray(bad), None, "{bad}");
        }
    }
}
