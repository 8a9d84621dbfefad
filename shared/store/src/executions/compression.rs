//! How stored bytes are compressed. Small ones hardly shrink on their own, so a request is compressed
//! against what webhooks look like, and a checkpoint against the body that its execution began with.
//! It does not know which item they go into.

use std::io;
use std::sync::{LazyLock, Mutex, PoisonError};

use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};

use crate::StoreError;
use crate::dynamodb::size::CHILD_BYTES;

/// Text that both sides know. What was compressed against it is read with it, so a basis never
/// changes: a better one gets a mark of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Basis<'a> {
    Nothing,
    Webhooks,
    /// The body of the request that began the execution.
    Body(&'a [u8]),
}

/// What may come out of one item: a guard against a damaged record.
const UNPACKED_BYTES: usize = 16 * 1024 * 1024;
const LEVEL: i32 = 3;

/// Headers and bodies as well-known senders shape them, as `request_record` writes them.
const WEBHOOKS: &[u8] = include_bytes!("request.dictionary");
/// Prepared once, as it serves every request.
static WEBHOOKS_IN: LazyLock<EncoderDictionary<'static>> =
    LazyLock::new(|| EncoderDictionary::copy(WEBHOOKS, LEVEL));
/// One after the other uses it: a new one for each request would cost half as much again as the compression itself.
static WEBHOOKS_COMPRESSOR: LazyLock<io::Result<Mutex<Compressor<'static>>>> =
    LazyLock::new(|| Compressor::with_prepared_dictionary(&WEBHOOKS_IN).map(Mutex::new));
static WEBHOOKS_OUT: LazyLock<DecoderDictionary<'static>> =
    LazyLock::new(|| DecoderDictionary::copy(WEBHOOKS));

/// What surrounds an event in a checkpoint.
const CHECKPOINT: &[u8] = br#"{"v":1,"engine":null,"tail":[{"path":"/do/0/","name":"","kind":"call:http","visit":1,"status":"succeeded","attempts":1,"startedAtMs":178,"finishedAtMs":178,"input":{},"output":{"triggeredAt":"2026-01-01T00:00:00.000Z","source":"webhook"}}],"output":{},"error":null}"#;

impl Basis<'_> {
    /// The byte in front of what was compressed. A zstd frame itself begins with 0x28 (RFC 8878,
    /// section 3.1.1), so one without a basis needs none.
    fn mark(self) -> Option<u8> {
        match self {
            Self::Nothing => None,
            Self::Webhooks => Some(1),
            Self::Body(_) => Some(2),
        }
    }

    fn compress(self, data: &[u8]) -> io::Result<Vec<u8>> {
        match self {
            Self::Nothing => Compressor::new(LEVEL)?.compress(data),
            Self::Webhooks => match &*WEBHOOKS_COMPRESSOR {
                Ok(shared) => {
                    let mut compressor = shared.lock().unwrap_or_else(PoisonError::into_inner);
                    compressor.compress(data)
                }
                Err(error) => Err(io::Error::other(error.to_string())),
            },
            Self::Body(body) => Compressor::with_dictionary(LEVEL, &around(body))?.compress(data),
        }
    }

    fn decompressor(self) -> io::Result<Decompressor<'static>> {
        match self {
            Self::Nothing => Decompressor::new(),
            Self::Webhooks => Decompressor::with_prepared_dictionary(&WEBHOOKS_OUT),
            Self::Body(body) => Decompressor::with_dictionary(&around(body)),
        }
    }
}

fn around(body: &[u8]) -> Vec<u8> {
    [CHECKPOINT, body].concat()
}

/// Compresses what goes into one item; what does not fit is an error that names it.
pub(crate) fn compress(
    data: &[u8],
    basis: Basis<'_>,
    what: &'static str,
) -> Result<Vec<u8>, StoreError> {
    let compressed = basis
        .compress(data)
        .map_err(|error| StoreError::bad(what, error.to_string()))?;
    let mut packed = Vec::from_iter(basis.mark());
    packed.extend(compressed);
    if packed.len() > CHILD_BYTES {
        return Err(StoreError::TooLarge {
            what,
            bytes: packed.len(),
            limit_bytes: CHILD_BYTES,
        });
    }
    Ok(packed)
}

/// Reads what was compressed against that basis, or against none.
pub(crate) fn decompress(packed: &[u8], basis: Basis<'_>) -> io::Result<Vec<u8>> {
    let (basis, frame) = match packed.split_first() {
        Some((mark, frame)) if basis.mark() == Some(*mark) => (basis, frame),
        _ => (Basis::Nothing, packed),
    };
    let capacity = Decompressor::upper_bound(frame).unwrap_or(UNPACKED_BYTES);
    basis
        .decompressor()?
        .decompress(frame, capacity.min(UNPACKED_BYTES))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &[u8] = br#"{"type":"order.shipped","data":{"carrier":"northwind","parcels":2}}"#;

    #[test]
    fn what_is_packed_against_a_basis_reads_back_with_it() {
        for basis in [Basis::Nothing, Basis::Webhooks, Basis::Body(EVENT)] {
            for data in [EVENT, b"", &[0x28; 100_000][..]] {
                let packed = compress(data, basis, "x").unwrap();
                assert_eq!(decompress(&packed, basis).unwrap(), data, "{basis:?}");
            }
        }
    }

    #[test]
    fn what_repeats_its_basis_takes_almost_nothing() {
        let alone = compress(EVENT, Basis::Nothing, "x").unwrap().len();
        let against = compress(EVENT, Basis::Body(EVENT), "x").unwrap().len();
        assert!(against < alone / 2, "{against} of {alone}");
    }

    #[test]
    fn what_was_packed_against_nothing_reads_with_every_basis() {
        let packed = compress(EVENT, Basis::Nothing, "x").unwrap();
        assert_eq!(decompress(&packed, Basis::Webhooks).unwrap(), EVENT);
        assert_eq!(decompress(&packed, Basis::Body(b"other")).unwrap(), EVENT);
    }

    #[test]
    fn another_basis_is_an_error() {
        let packed = compress(EVENT, Basis::Webhooks, "x").unwrap();
        assert!(decompress(&packed, Basis::Nothing).is_err());
        assert!(decompress(&packed, Basis::Body(EVENT)).is_err());
    }
}
