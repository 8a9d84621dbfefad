//! Checks whether deliveries may go to a URL, by the rules of egress and the policy of the deployment. `deliver` checks
//! again when it connects.

use std::sync::OnceLock;

use egress::{Access, Egress, Failure, Policy, Refused, Resolver};
use store::Settings;

/// Checks the URLs of subscriptions.
pub(crate) struct Receivers {
    policy: Policy,
    resolver: Resolver,
    /// Created with its first use, because it loads root certificates and most requests have no URL.
    egress: OnceLock<Egress>,
}

impl Receivers {
    pub(crate) fn new(settings: &Settings, resolver: Resolver) -> Self {
        let open_if = |is_open| {
            if is_open {
                Access::Open
            } else {
                Access::Closed
            }
        };
        Self {
            policy: Policy {
                loopback: open_if(settings.allow_loopback),
                plain_http: open_if(settings.allow_http),
                ..Policy::default()
            },
            resolver,
            egress: OnceLock::new(),
        }
    }

    /// Refuses a URL that deliveries may not go to. A host name that does not resolve is accepted: it may be set up
    /// later, and every delivery checks again.
    pub(crate) async fn check(&self, url: &str) -> Result<(), Refused> {
        let egress = self
            .egress
            .get_or_init(|| Egress::with_resolver(self.policy.clone(), self.resolver.clone()));
        match egress.check_resolved(url).await {
            Err(Failure::Refused(refused)) => Err(refused),
            Ok(_) | Err(_) => Ok(()),
        }
    }
}
