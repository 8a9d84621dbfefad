//! How stored bytes are compressed. Small ones hardly shrink on their own, so a request is compressed with a dictionary of
//! typical webhooks, and a checkpoint with the body of its execution's request as the dictionary. It does not know which
//! item they go into.

use std::io;
use std::sync::{LazyLock, Mutex, PoisonError};

use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};

use crate::StoreError;
use crate::dynamodb::size::CHILD_BYTES;

/// Text that compressor and decompressor both know. What was compressed with a dictionary is read with it, so a dictionary
/// never changes: a better one gets a mark of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Dictionary<'a> {
    None,
    /// Typical headers and bodies of webhooks.
    Webhooks,
    /// The body of the request that an execution was recorded with.
    Body(&'a [u8]),
}

/// The largest decompressed size of one item: a guard against a damaged record.
const UNPACKED_BYTES: usize = 16 * 1024 * 1024;
const LEVEL: i32 = 3;

/// Headers and bodies as well-known senders shape them, as `request_record` writes them.
const WEBHOOKS: &[u8] = include_bytes!("request.dictionary");
/// Prepared once, because every request uses it.
static WEBHOOKS_IN: LazyLock<EncoderDictionary<'static>> =
    LazyLock::new(|| EncoderDictionary::copy(WEBHOOKS, LEVEL));
static WEBHOOKS_OUT: LazyLock<DecoderDictionary<'static>> =
    LazyLock::new(|| DecoderDictionary::copy(WEBHOOKS));

// Requests use them one after the other: making one costs half of what it then does for a request.
static WEBHOOKS_COMPRESSOR: Shared<Compressor<'static>> =
    LazyLock::new(|| Compressor::with_prepared_dictionary(&WEBHOOKS_IN).map(Mutex::new));
static WEBHOOKS_DECOMPRESSOR: Shared<Decompressor<'static>> =
    LazyLock::new(|| Decompressor::with_prepared_dictionary(&WEBHOOKS_OUT).map(Mutex::new));
/// With whatever dictionary is set before each use.
static COMPRESSOR: Shared<Compressor<'static>> =
    LazyLock::new(|| Compressor::new(LEVEL).map(Mutex::new));
static DECOMPRESSOR: Shared<Decompressor<'static>> =
    LazyLock::new(|| Decompressor::new().map(Mutex::new));

type Shared<T> = LazyLock<io::Result<Mutex<T>>>;

fn with<T>(
    shared: &Shared<T>,
    work: impl FnOnce(&mut T) -> io::Result<Vec<u8>>,
) -> io::Result<Vec<u8>> {
    match &**shared {
        Ok(shared) => work(&mut shared.lock().unwrap_or_else(PoisonError::into_inner)),
        Err(error) => Err(io::Error::other(error.to_string())),
    }
}

/// The JSON that surrounds an event in a checkpoint.
const CHECKPOINT: &[u8] = br#"{"v":1,"engine":null,"tail":[{"path":"/do/0/","name":"","kind":"call:http","visit":1,"status":"succeeded","attempts":1,"startedAtMs":178,"finishedAtMs":178,"input":{},"output":{"triggeredAt":"2026-01-01T00:00:00.000Z","source":"webhook"}}],"output":{},"error":null}"#;

impl Dictionary<'_> {
    /// The byte in front of what was compressed. A zstd frame itself begins with 0x28 (RFC 8878,
    /// section 3.1.1), so a frame without a dictionary needs no mark.
    fn mark(self) -> Option<u8> {
        match self {
            Self::None => None,
            Self::Webhooks => Some(1),
            Self::Body(_) => Some(2),
        }
    }

    fn compress(self, data: &[u8]) -> io::Result<Vec<u8>> {
        match self {
            Self::Webhooks => with(&WEBHOOKS_COMPRESSOR, |compressor| compressor.compress(data)),
            Self::None | Self::Body(_) => with(&COMPRESSOR, |compressor| {
                compressor.set_dictionary(LEVEL, &self.text())?;
                compressor.compress(data)
            }),
        }
    }

    fn decompress(self, frame: &[u8], capacity: usize) -> io::Result<Vec<u8>> {
        match self {
            Self::Webhooks => with(&WEBHOOKS_DECOMPRESSOR, |decompressor| {
                decompressor.decompress(frame, capacity)
            }),
            Self::None | Self::Body(_) => with(&DECOMPRESSOR, |decompressor| {
                decompressor.set_dictionary(&self.text())?;
                decompressor.decompress(frame, capacity)
            }),
        }
    }

    fn text(self) -> Vec<u8> {
        match self {
            Self::None => Vec::new(),
            Self::Webhooks => WEBHOOKS.to_vec(),
            Self::Body(body) => [CHECKPOINT, body].concat(),
        }
    }
}

/// Compresses what goes into one item. What does not fit is an error that names `what`.
pub(crate) fn compress(
    data: &[u8],
    dictionary: Dictionary<'_>,
    what: &'static str,
) -> Result<Vec<u8>, StoreError> {
    let compressed = dictionary
        .compress(data)
        .map_err(|error| StoreError::bad(what, error.to_string()))?;
    let mut packed = Vec::from_iter(dictionary.mark());
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

/// Decompresses what was compressed with that dictionary, or with none.
pub(crate) fn decompress(packed: &[u8], dictionary: Dictionary<'_>) -> io::Result<Vec<u8>> {
    let (dictionary, frame) = match packed.split_first() {
        Some((mark, frame)) if dictionary.mark() == Some(*mark) => (dictionary, frame),
        _ => (Dictionary::None, packed),
    };
    let capacity = Decompressor::upper_bound(frame).unwrap_or(UNPACKED_BYTES);
    dictionary.decompress(frame, capacity.min(UNPACKED_BYTES))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &[u8] = br#"{"type":"order.shipped","data":{"carrier":"northwind","parcels":2}}"#;

    #[test]
    fn compressed_data_reads_back_with_its_dictionary() {
        for dictionary in [
            Dictionary::None,
            Dictionary::Webhooks,
            Dictionary::Body(EVENT),
        ] {
            for data in [EVENT, b"", &[0x28; 100_000][..]] {
                let packed = compress(data, dictionary, "x").unwrap();
                assert_eq!(
                    decompress(&packed, dictionary).unwrap(),
                    data,
                    "{dictionary:?}"
                );
            }
        }
    }

    #[test]
    fn no_dictionary_is_left_behind_for_the_next_use() {
        compress(EVENT, Dictionary::Body(EVENT), "x").unwrap();
        let alone = compress(EVENT, Dictionary::None, "x").unwrap();
        assert_eq!(zstd::bulk::decompress(&alone, 1_000).unwrap(), EVENT);
        let against = compress(EVENT, Dictionary::Body(EVENT), "x").unwrap();
        decompress(&alone, Dictionary::None).unwrap();
        assert_eq!(
            decompress(&against, Dictionary::Body(EVENT)).unwrap(),
            EVENT
        );
    }

    #[test]
    fn data_that_repeats_its_dictionary_takes_almost_nothing() {
        let alone = compress(EVENT, Dictionary::None, "x").unwrap().len();
        let against = compress(EVENT, Dictionary::Body(EVENT), "x").unwrap().len();
        assert!(against < alone / 2, "{against} of {alone}");
    }

    #[test]
    fn data_without_a_dictionary_reads_with_every_dictionary() {
        let packed = compress(EVENT, Dictionary::None, "x").unwrap();
        assert_eq!(decompress(&packed, Dictionary::Webhooks).unwrap(), EVENT);
        assert_eq!(
            decompress(&packed, Dictionary::Body(b"other")).unwrap(),
            EVENT
        );
    }

    #[test]
    fn another_dictionary_is_an_error() {
        let packed = compress(EVENT, Dictionary::Webhooks, "x").unwrap();
        assert!(decompress(&packed, Dictionary::None).is_err());
        assert!(decompress(&packed, Dictionary::Body(EVENT)).is_err());
    }
}
