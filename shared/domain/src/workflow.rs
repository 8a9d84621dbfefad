//! A workflow: its name, whether it is active, its rate limit, and its current version.

use std::fmt;

use crate::{RateLimit, Tenant, Timestamp, WorkflowId};

/// The largest definition, in bytes as compact JSON: 256 KB.
pub const MAX_DEFINITION_BYTES: usize = 262_144;

/// A workflow, without its definition.
#[derive(Clone, Debug, PartialEq)]
pub struct Workflow {
    /// Its id.
    pub id: WorkflowId,
    /// The owner.
    pub tenant: Tenant,
    /// The name that a person gave it.
    pub name: String,
    /// Its name in URLs and files.
    pub slug: Slug,
    /// Whether webhooks begin executions.
    pub active: bool,
    /// The version of the definition that new executions get; the first is 1.
    pub version: u64,
    /// How many executions its webhooks may begin.
    pub rate_limit: RateLimit,
    /// Whether the limits of the org apply to its executions: only then is the org's record read when one begins.
    pub has_org_limits: bool,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Whether it was deleted. Its record is kept, so that running executions can finish.
    pub deleted: bool,
    /// Increases with each change: a change names the revision that it read, so that of two changes at once one fails.
    pub revision: u64,
}

/// A name for URLs and files, unique among the workflows of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug(String);

/// The text is no slug.
#[derive(Debug, thiserror::Error)]
#[error(
    "a slug is 1 to 63 lower-case letters, digits and hyphens, and starts and ends with a letter or digit"
)]
pub struct InvalidSlug;

impl Slug {
    const MAX_CHARS: usize = 63;

    /// Checks a slug that a caller chose.
    pub fn parse(text: &str) -> Result<Self, InvalidSlug> {
        let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let valid = (1..=Self::MAX_CHARS).contains(&text.len())
            && text.bytes().all(known)
            && !text.starts_with('-')
            && !text.ends_with('-');
        valid.then(|| Self(text.to_owned())).ok_or(InvalidSlug)
    }

    /// The slug of a workflow of that name: `Order → Invoice!` becomes `order-invoice-` and the last six characters of the
    /// id, which tell apart two workflows of one name. A name without letters or digits becomes `workflow`.
    pub fn from_name(name: &str, id: WorkflowId) -> Self {
        let words: Vec<String> = name
            .split(|letter: char| !letter.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_ascii_lowercase)
            .collect();
        let mut slug = if words.is_empty() {
            "workflow".to_owned()
        } else {
            words.join("-")
        };
        slug.truncate(Self::MAX_CHARS - 7);
        let id = id.to_string();
        let suffix = id[id.len() - 6..].to_ascii_lowercase();
        Self(format!("{}-{suffix}", slug.trim_end_matches('-')))
    }

    /// The slug as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_from_any_name_is_a_slug() {
        let id = WorkflowId::derived(&["x"]);
        for name in ["Order → Invoice!", "", "---", "é", &"long name ".repeat(30)] {
            let slug = Slug::from_name(name, id);
            assert!(Slug::parse(slug.as_str()).is_ok(), "{slug}");
        }
        assert!(
            Slug::from_name("Order → Invoice!", id)
                .as_str()
                .starts_with("order-invoice-")
        );
    }

    #[test]
    fn what_is_no_slug_is_refused() {
        for text in ["", "-a", "a-", "A", "a b", &"a".repeat(64)] {
            assert!(Slug::parse(text).is_err(), "{text}");
        }
    }
}
