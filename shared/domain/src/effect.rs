//! What tells a repeat of an effect from another effect. Does not know what the effect does.

use sha2::{Digest, Sha256};

use crate::ExecutionId;

/// `<execution>/<task path>/<visit>`: the same however often the effect is repeated, and no other
/// effect's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectKey {
    execution: ExecutionId,
    text: String,
}

impl EffectKey {
    /// `place` is where in the run of the execution: `/<task path>/<visit>`.
    pub fn new(execution: ExecutionId, place: &str) -> Self {
        Self {
            execution,
            text: format!("{execution}{place}"),
        }
    }

    pub fn execution(&self) -> ExecutionId {
        self.execution
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// 32 hexadecimal digits of its SHA-256, for where the key itself is too long or may not stand.
    pub fn digest(&self) -> String {
        let digest = Sha256::digest(self.text.as_bytes());
        digest.iter().take(16).map(|b| format!("{b:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_places_of_one_execution_have_digests_of_their_own() {
        let key = |place| EffectKey::new(ExecutionId::derived(&["x"]), place);
        assert_eq!(key("/do/0/a/1").digest(), key("/do/0/a/1").digest());
        assert_ne!(key("/do/0/a/1").digest(), key("/do/0/a/2").digest());
        assert_eq!(key("/do/0/a/1").digest().len(), 32);
    }
}
