//! What tells a repeat of an effect from another effect. Does not know what the effect does.

use sha2::{Digest, Sha256};

use crate::ExecutionId;

/// What names begin with that this program gives to others' executions.
const OUTSIDE: &str = "sluice-";

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

    /// How an execution of another system is named that this effect starts. It has at most 80 characters.
    pub fn name_outside(&self) -> String {
        format!("{OUTSIDE}{}-{}", self.execution, self.digest())
    }

    /// The execution whose effect has started what is named so.
    pub fn execution_named(name: &str) -> Option<ExecutionId> {
        let (execution, digest) = name.strip_prefix(OUTSIDE)?.split_once('-')?;
        let is_digest = digest.len() == 32 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        let execution = ExecutionId::parse(execution).ok()?;
        is_digest.then_some(execution)
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
    fn a_name_outside_leads_back_to_the_execution() {
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
