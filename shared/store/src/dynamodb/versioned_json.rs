//! JSON within a record that has a version of its own, because it is written anew while the record lives.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::StoreError;
use crate::dynamodb::attributes::VERSION;

/// JSON of any version.
#[derive(Deserialize)]
struct Versioned {
    v: u32,
}

/// Reads JSON of the version that this program writes. `key` and `part` say in an error what it is; what a newer version
/// of this program wrote is the same error as a newer record.
pub(crate) fn read<T: DeserializeOwned>(
    key: &str,
    part: &str,
    json: &[u8],
    version: impl Fn(&T) -> u32,
) -> Result<T, StoreError> {
    let read: Result<T, _> = serde_json::from_slice(json);
    let found = match &read {
        Ok(value) => Some(version(value)),
        Err(_) => serde_json::from_slice(json).ok().map(|Versioned { v }| v),
    };
    let found = found.map(i64::from);
    match (read, found) {
        (Ok(value), Some(VERSION)) => Ok(value),
        (_, Some(newer)) if newer > VERSION => {
            Err(StoreError::newer(format!("{key}, {part}"), newer))
        }
        (Ok(_), _) => Err(StoreError::bad(
            key,
            format!("{part}: its version is unknown"),
        )),
        (Err(error), _) => Err(StoreError::bad(key, format!("{part}: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Part {
        v: u32,
        needed: u32,
    }

    fn read_part(json: &str) -> Result<u32, StoreError> {
        read("key", "part", json.as_bytes(), |part: &Part| part.v).map(|part| part.needed)
    }

    #[test]
    fn a_newer_version_is_told_from_damage_whether_or_not_it_can_be_read() {
        assert_eq!(read_part(r#"{"v": 1, "needed": 7}"#).ok(), Some(7));
        for newer in [r#"{"v": 2, "needed": 7}"#, r#"{"v": 2, "renamed": 7}"#] {
            let refused = read_part(newer);
            assert!(
                matches!(refused, Err(StoreError::Unavailable { .. })),
                "{newer}"
            );
        }
        for damaged in [r#"{"v": 0, "needed": 7}"#, r#"{"v": 1}"#, r#"{"v": "#, "{}"] {
            let refused = read_part(damaged);
            assert!(
                matches!(refused, Err(StoreError::BadRecord { .. })),
                "{damaged}"
            );
        }
    }
}
