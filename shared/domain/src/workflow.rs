//! A workflow: what it is called, whether it runs, how often it may, and which version is current.

use std::fmt;

use crate::{RateLimit, Tenant, Timestamp, WorkflowId};

/// The largest definition, in bytes as compact JSON: 256 KB.
pub const MAX_DEFINITION_BYTES: usize = 262_144;

#[derive(Clone, Debug, PartialEq)]
pub struct Workflow {
    pub id: WorkflowId,
    pub tenant: Tenant,
    pub name: String,
    pub slug: Slug,
    pub active: bool,
    /// The version of the definition that new executions get; the first is 1.
    pub version: u64,
    pub rate_limit: RateLimit,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Deleted workflows are kept out of sight, so that what runs can finish.
    pub deleted: bool,
    /// Grows with every change, so that two changes at once cannot both win.
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

    pub fn parse(text: &str) -> Result<Self, InvalidSlug> {
        let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let valid = (1..=Self::MAX_CHARS).contains(&text.len())
            && text.bytes().all(known)
            && !text.starts_with('-')
            && !text.ends_with('-');
        valid.then(|| Self(text.to_owned())).ok_or(InvalidSlug)
    }

    /// `Order → Invoice!` becomes `order-invoice`; a name without letters or digits, `workflow`.
    /// The id's last six characters tell apart two workflows of one name.
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
