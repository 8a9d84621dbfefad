//! Prefixed ids: `wf_` and 26 characters of Crockford base32 (128 bits, as in the ULID
//! specification). Random ids are ordered by time; derived ids are a hash of what they identify.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use ulid::Ulid;

use crate::Timestamp;

/// The text is not an id of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an id of the form {prefix}_ and 26 characters")]
pub struct InvalidId {
    prefix: &'static str,
}

/// One of the 16 fixed partitions that the indexes spread over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shard(u8);

impl Shard {
    /// Every partition.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..16).map(Self)
    }

    /// Its number, from 0 to 15.
    pub fn number(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.0)
    }
}

/// The 128 bits of an id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Name(Ulid);

impl Name {
    fn random(now: Timestamp, random: u128) -> Self {
        let millis = u64::try_from(now.as_millis()).unwrap_or(0);
        Self(Ulid::from_parts(millis, random))
    }

    /// Each part is preceded by its length, so that no two lists of parts hash alike.
    fn derived(parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        let digest = hash.finalize();
        let bits = digest
            .iter()
            .take(16)
            .fold(0u128, |bits, byte| bits << 8 | u128::from(*byte));
        Self(Ulid(bits))
    }

    fn parse(text: &str, prefix: &'static str) -> Result<Self, InvalidId> {
        let invalid = InvalidId { prefix };
        let name = text
            .strip_prefix(prefix)
            .and_then(|rest| rest.strip_prefix('_'))
            .ok_or_else(|| invalid.clone())?;
        let ulid = Ulid::from_string(name).map_err(|_| invalid.clone())?;
        // One id has one spelling: ULID decoding would also take lower case.
        if ulid.to_string() == name {
            Ok(Self(ulid))
        } else {
            Err(invalid)
        }
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Name);

        impl $name {
            /// A new id; `random` supplies the 80 bits that follow the time.
            pub fn random(now: Timestamp, random: u128) -> Self {
                Self(Name::random(now, random))
            }

            /// The id that is derived from these parts: the same parts give the same id.
            pub fn derived(parts: &[&str]) -> Self {
                Self(Name::derived(parts))
            }

            /// Reads what `Display` writes, and no other spelling.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                Name::parse(text, $prefix).map(Self)
            }

            /// The partition of the id: its low bits, which are random or a hash in either kind of id, so they spread
            /// evenly.
            pub fn shard(self) -> Shard {
                Shard((self.0.0.0 & 0xf) as u8)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::parse(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string",
                    "pattern": concat!("^", $prefix, "_[0-7][0-9A-HJKMNP-TV-Z]{25}$"),
                    "examples": [concat!($prefix, "_01JZ5T4Q8N3R7V2X6B9D0F1G2H")],
                })
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// An organisation: the owner of everything else.
    OrgId = "org";
    /// An API key: its id, not its secret.
    ApiKeyId = "key";
    /// A workflow.
    WorkflowId = "wf";
    /// A trigger of a workflow.
    TriggerId = "trg";
    /// One run of a workflow.
    ExecutionId = "exe";
    /// A subscription to events.
    SubscriptionId = "sub";
    /// An event that subscriptions receive.
    EventId = "evt";
    /// A file that a webhook can name.
    FileKey = "of";
    /// The delivery of one event to one subscription. The id that the sender of a webhook gives is a
    /// [`crate::SenderDeliveryId`].
    DeliveryId = "dlv";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_as_itself() {
        let id = WorkflowId::random(Timestamp::from_millis(1_700_000_000_000), 42);
        assert_eq!(WorkflowId::parse(&id.to_string()).unwrap(), id);
        assert_eq!(id.to_string().len(), 29);
    }

    #[test]
    fn an_id_of_another_kind_or_spelling_is_refused() {
        let id = WorkflowId::derived(&["a"]).to_string();
        assert!(TriggerId::parse(&id).is_err());
        assert!(WorkflowId::parse(&id.to_lowercase()).is_err());
        assert!(WorkflowId::parse("wf_").is_err());
        assert!(WorkflowId::parse("wf_8ZZZZZZZZZZZZZZZZZZZZZZZZZ").is_err());
    }

    #[test]
    fn parts_that_join_to_the_same_text_give_different_ids() {
        assert_ne!(
            ExecutionId::derived(&["ab", "c"]),
            ExecutionId::derived(&["a", "bc"])
        );
    }

    #[test]
    fn random_ids_sort_by_time() {
        let early = ExecutionId::random(Timestamp::from_millis(1_000), u128::MAX);
        let late = ExecutionId::random(Timestamp::from_millis(1_001), 0);
        assert!(early.to_string() < late.to_string());
    }
}
