//! Whether deliveries may go to a URL: egress's rules under the deployment's policy, as `deliver` applies them again when
//! it connects. It does not know who asks.

use std::sync::OnceLock;

use egress::{Access, Egress, Failure, Policy, Refused, Resolver};
use store::Settings;

/// Judges URLs of receivers.
pub(crate) struct Receivers {
    policy: Policy,
    resolver: Resolver,
    /// Made when it is first needed: it loads root certificates, and most requests name no URL.
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

    /// A name that cannot be resolved passes: it may be set up later, and is judged whenever it is called.
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
