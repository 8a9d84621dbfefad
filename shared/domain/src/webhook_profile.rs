//! The product whose webhook requests a trigger takes. It does not know how those requests and their answers look.

use crate::Secret;
use crate::limits::REFLY_WEBHOOKS_PER_DAY;

/// The product whose webhook requests a trigger takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WebhookProfile {
    /// Sluice's own: the URL has the workflow's id and a token.
    #[default]
    Native,
    /// Refly: the URL has a hook id.
    Refly,
    /// HAP: the URL has a hook id.
    Hap,
}

/// The text names no profile.
#[derive(Debug, thiserror::Error)]
#[error("the profiles are native, refly and hap")]
pub struct UnknownProfile;

impl WebhookProfile {
    /// The public name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Refly => "refly",
            Self::Hap => "hap",
        }
    }

    /// Reads a public name.
    pub fn parse(text: &str) -> Result<Self, UnknownProfile> {
        match text {
            "native" => Ok(Self::Native),
            "refly" => Ok(Self::Refly),
            "hap" => Ok(Self::Hap),
            _ => Err(UnknownProfile),
        }
    }

    /// Whether the URL has a hook id instead of a workflow and a token. The hook id is then the token of the trigger, and
    /// its hash finds the workflow.
    pub fn has_hook_id(self) -> bool {
        match self {
            Self::Native => false,
            Self::Refly | Self::Hap => true,
        }
    }

    /// How many executions the webhooks of a workflow may begin in a day of UTC, where the org has no such limit.
    pub fn webhooks_per_day(self) -> Option<u32> {
        match self {
            Self::Native | Self::Hap => None,
            Self::Refly => Some(REFLY_WEBHOOKS_PER_DAY),
        }
    }

    /// A new token for the URL of a trigger.
    pub fn new_token(self, random: [u8; 32]) -> Secret {
        match self {
            Self::Native | Self::Hap => Secret::from_random(random),
            Self::Refly => Secret::refly_hook_id(random),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_reads_back_by_its_name() {
        for profile in [
            WebhookProfile::Native,
            WebhookProfile::Refly,
            WebhookProfile::Hap,
        ] {
            assert_eq!(WebhookProfile::parse(profile.as_str()).unwrap(), profile);
        }
        assert!(WebhookProfile::parse("Refly").is_err());
    }

    #[test]
    fn a_token_has_the_form_of_its_profile() {
        let token = |profile: WebhookProfile| profile.new_token([0xab; 32]);
        assert_eq!(token(WebhookProfile::Native).reveal().len(), 43);
        assert_eq!(token(WebhookProfile::Hap).reveal().len(), 43);
        let hook_id = format!("wh_{}", "ab".repeat(16));
        assert_eq!(token(WebhookProfile::Refly).reveal(), hook_id);
    }
}
