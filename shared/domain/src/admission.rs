//! Who may trigger a workflow: checks 3 to 9 of the public contract, in their order. Each is
//! cheaper or more trusted than the next, and nobody without the token learns more than 403.

use std::net::IpAddr;

use crate::{HookMethod, Secret, Timestamp, Trigger, Workflow};

/// Calls of Sluice workflows to one another end here: the ninth is refused.
pub const MAX_HOPS: u8 = 8;

/// A request at the door.
#[derive(Debug)]
pub struct Knock<'a> {
    pub token: &'a Secret,
    pub source_ip: Option<IpAddr>,
    pub method: &'a str,
    pub hops: u8,
    pub now: Timestamp,
}

/// What the door says.
#[derive(Debug, PartialEq)]
pub enum Admission<'a> {
    Open(&'a Trigger),
    /// The refusal is recorded: the caller holds the token and may want to run it later.
    Inactive(&'a Trigger),
    NotFound,
    InvalidToken,
    IpNotAllowed,
    MethodNotAllowed(&'a Trigger),
    LoopDetected,
    Disabled,
}

/// Decides from the configuration; `None` is a workflow that does not exist.
pub fn admit<'a>(
    configured: Option<(&'a Workflow, &'a [Trigger])>,
    knock: &Knock<'_>,
) -> Admission<'a> {
    let Some((workflow, triggers)) = configured.filter(|(workflow, _)| !workflow.deleted) else {
        return Admission::NotFound;
    };
    let Some(trigger) = holder(triggers, knock) else {
        return Admission::InvalidToken;
    };
    if !trigger.ip_allow_list.admits(knock.source_ip) {
        return Admission::IpNotAllowed;
    }
    let method = HookMethod::parse(knock.method);
    if !method.is_ok_and(|method| trigger.methods.contains(&method)) {
        return Admission::MethodNotAllowed(trigger);
    }
    if knock.hops > MAX_HOPS {
        return Admission::LoopDetected;
    }
    if !trigger.enabled {
        return Admission::Disabled;
    }
    if !workflow.active {
        return Admission::Inactive(trigger);
    }
    Admission::Open(trigger)
}

/// Every trigger is compared, found or not, so that timing says nothing about their number.
fn holder<'a>(triggers: &'a [Trigger], knock: &Knock<'_>) -> Option<&'a Trigger> {
    let presented = knock.token.hash();
    triggers.iter().fold(None, |found, trigger| {
        let accepted = trigger.token.accept(&presented, knock.now);
        found.or(accepted.then_some(trigger))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Environment, IpAllowList, OrgId, RateLimit, Slug, Tenant, TokenHashes, TriggerId,
        WorkflowId,
    };

    fn configured() -> (Workflow, Vec<Trigger>) {
        let now = Timestamp::from_millis(0);
        let tenant = Tenant {
            org: OrgId::derived(&["o"]),
            environment: Environment::Test,
        };
        let id = WorkflowId::derived(&["w"]);
        let workflow = Workflow {
            id,
            tenant,
            name: "w".into(),
            slug: Slug::parse("w").unwrap(),
            active: true,
            version: 1,
            rate_limit: RateLimit::default(),
            created_at: now,
            updated_at: now,
            deleted: false,
            revision: 1,
        };
        let trigger = Trigger {
            id: TriggerId::derived(&["t"]),
            workflow_id: id,
            tenant,
            enabled: true,
            token: TokenHashes::new(Secret::from_caller("right").hash()),
            ip_allow_list: IpAllowList::parse(&["192.0.2.0/24"]).unwrap(),
            methods: vec![HookMethod::Post],
            created_at: now,
            revision: 1,
        };
        (workflow, vec![trigger])
    }

    /// Takes the checks away from the last to the first: each time the one before answers.
    #[test]
    fn the_checks_answer_in_their_order() {
        let (mut workflow, mut triggers) = configured();
        let right = Secret::from_caller("right");
        let wrong = Secret::from_caller("wrong");
        let knock = |token, source_ip: &str, method, hops| Knock {
            token,
            source_ip: Some(source_ip.parse().unwrap()),
            method,
            hops,
            now: Timestamp::from_millis(0),
        };
        let good = knock(&right, "192.0.2.1", "POST", 8);
        let ask = |workflow: &Workflow, triggers: &[Trigger], knock: &Knock<'_>| {
            format!("{:?}", admit(Some((workflow, triggers)), knock))
                .split('(')
                .next()
                .unwrap()
                .to_owned()
        };
        assert_eq!(ask(&workflow, &triggers, &good), "Open");
        workflow.active = false;
        assert_eq!(ask(&workflow, &triggers, &good), "Inactive");
        triggers[0].enabled = false;
        assert_eq!(ask(&workflow, &triggers, &good), "Disabled");
        let looping = knock(&right, "192.0.2.1", "POST", 9);
        assert_eq!(ask(&workflow, &triggers, &looping), "LoopDetected");
        let put = knock(&right, "192.0.2.1", "PUT", 9);
        assert_eq!(ask(&workflow, &triggers, &put), "MethodNotAllowed");
        let elsewhere = knock(&right, "198.51.100.1", "PUT", 9);
        assert_eq!(ask(&workflow, &triggers, &elsewhere), "IpNotAllowed");
        let stranger = knock(&wrong, "198.51.100.1", "PUT", 9);
        assert_eq!(ask(&workflow, &triggers, &stranger), "InvalidToken");
        workflow.deleted = true;
        assert_eq!(ask(&workflow, &triggers, &stranger), "NotFound");
        assert_eq!(admit(None, &stranger), Admission::NotFound);
    }
}
