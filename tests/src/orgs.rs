//! The org of a world: what the operator sets of it, and what it has used.

use admin::OrgChange;

use crate::World;

impl World {
    /// Sets limits of the org of this world, as the operator does. Containers that have read it see the change five seconds
    /// later.
    pub async fn set_org(&self, change: &OrgChange) {
        let aws = self
            .stack
            .environment("register")
            .expect("register is there");
        let set = admin::set_org(&aws.orgs, &aws.workflows, self.tenant.org, change).await;
        set.expect("the org is set");
    }

    /// Gives the org of this world so many credits a month.
    pub async fn set_credits(&self, credits: u64) {
        let change = OrgChange {
            monthly_credits: Some(Some(credits)),
            ..OrgChange::default()
        };
        self.set_org(&change).await;
    }

    /// The credits that the org of this world has used this month.
    pub async fn used_credits(&self) -> u64 {
        let org = self.call("GET", "/v1/org", None).await.expect(200);
        org["used"]["credits"].as_u64().expect("a number")
    }
}
