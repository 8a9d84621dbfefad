//! The key of an effect, which tells a repeat of the effect from another one. It does not know what the effect does.

use sha2::{Digest, Sha256};

use crate::ExecutionId;

/// The prefix of the names that Sluice gives to executions of other systems.
const OUTSIDE: &str = "sluice-";

/// `<execution>/<task path>/<visit>`: the same for each repeat of the effect, and different for every other effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectKey {
    execution: ExecutionId,
    text: String,
}

impl EffectKey {
    /// `place` is the effect's place in the execution: `/<task path>/<visit>`.
    pub fn new(execution: ExecutionId, place: &str) -> Self {
        Self {
            execution,
            text: format!("{execution}{place}"),
        }
    }

    /// The execution that has the effect.
    pub fn execution(&self) -> ExecutionId {
        self.execution
    }

    /// The whole key.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The name of the execution that this effect starts in another system: at most 80 characters.
    pub fn name_outside(&self) -> String {
        format!("{OUTSIDE}{}-{}", self.execution, self.digest())
    }

    /// The execution whose effect started the other system's execution of that name.
    pub fn execution_named(name: &str) -> Option<ExecutionId> {
        let (execution, digest) = name.strip_prefix(OUTSIDE)?.split_once('-')?;
        let is_digest = digest.len() == 32 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        let execution = ExecutionId::parse(execution).ok()?;
        is_digest.then_some(execution)
    }

    /// 32 hexadecimal digits of the key's SHA-256, for places where the key is too long or has characters that are not
    /// allowed.
    pub fn digest(&self) -> String {
        let digest = Sha256::digest(self.text.as_bytes());
        digest.iter().take(16).map(|b| format!("{b:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_another_system_leads_back_to_the_execution() {
        let execution = ExecutionId::derived(&["x"]);
        let name = EffectKey::new(execution, "/do/0/night/1").name_outside();
        assert!(name.len() <= 80, "{name}");
        assert_eq!(EffectKey::execution_named(&name), Some(execution));
        for foreign in ["", "sluice-", "sluice-exe_1-2", &name[7..], &name[..69]] {
            assert_eq!(EffectKey::execution_named(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn two_places_of_one_execution_have_digests_of_their_own() {
        let key = |place| EffectKey::new(ExecutionId::derived(&["x"]), place);
        assert_eq!(key("/do/0/a/1").digest(), key("/do/0/a/1").digest());
        assert_ne!(key("/do/0/a/1").digest(), key("/do/0/a/2").digest());
        assert_eq!(key("/do/0/a/1").digest().len(), 32);
    }
}
