//! What workflows may call: the ARNs that the operator lists, and never this deployment's own resources. IAM policies
//! hold the same list; this check gives a clear error, and protects the deployment's own resources from a wide pattern.

use store::Callable;

use crate::Failure;
use crate::arn::Arn;

/// CloudFormation's generated names begin with the stack's name, which it cuts to make the whole fit; at least this many
/// characters stay.
const MIN_STACK_NAME_CHARS: usize = 24;

pub(crate) struct Allowlist {
    patterns: Vec<String>,
    own_prefix: Option<String>,
    account: Option<String>,
}

impl Allowlist {
    pub(crate) fn new(callable: &Callable) -> Self {
        let own_prefix = callable.stack_name.as_deref().map(|stack| {
            let name = format!("{stack}-").to_ascii_lowercase();
            name.chars().take(MIN_STACK_NAME_CHARS).collect()
        });
        Self {
            patterns: callable.arns.clone(),
            own_prefix,
            account: callable.account_id.clone(),
        }
    }

    pub(crate) fn check(&self, arn: &Arn) -> Result<(), Failure> {
        if self.is_own(arn) {
            let text = &arn.text;
            return Err(Failure::Forbidden(format!(
                "{text} looks like a resource of Sluice itself, which workflows may not call"
            )));
        }
        if self.patterns.iter().any(|pattern| matches(pattern, arn)) {
            return Ok(());
        }
        Err(Failure::Forbidden(format!(
            "{} is not on the list of resources that workflows of this deployment may call; its operator can add it",
            arn.text
        )))
    }

    fn is_own(&self, arn: &Arn) -> bool {
        let name = arn.name().to_ascii_lowercase();
        let is_here = self.account.as_ref().is_none_or(|own| *own == arn.account);
        let prefix = self.own_prefix.as_ref();
        is_here && prefix.is_some_and(|prefix| name.starts_with(prefix))
    }
}

/// A `*` at the end of a pattern matches any text, also none. A `*` elsewhere matches only itself, which no ARN holds.
fn matches(pattern: &str, arn: &Arn) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => arn.text.starts_with(prefix),
        None => arn.text == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(arns: &[&str], stack: &str, arn: &str) -> Result<(), Failure> {
        let allowlist = Allowlist::new(&Callable {
            arns: arns.iter().map(ToString::to_string).collect(),
            stack_name: Some(stack.to_owned()),
            account_id: Some("111122223333".to_owned()),
        });
        allowlist.check(&Arn::parse(arn).unwrap())
    }

    const ORDERS: &str = "arn:aws:lambda:eu-west-1:111122223333:function:orders";

    #[test]
    fn only_listed_resources_may_be_called() {
        assert!(matches!(
            check(&[], "sluice", ORDERS),
            Err(Failure::Forbidden(_))
        ));
        assert_eq!(check(&[ORDERS], "sluice", ORDERS), Ok(()));
        let family = "arn:aws:lambda:eu-west-1:111122223333:function:ord*";
        assert_eq!(check(&[family], "sluice", ORDERS), Ok(()));
        for other in [
            "arn:aws:lambda:eu-west-1:111122223333:function:orders2",
            "arn:aws:lambda:eu-west-1:111122223333:function:orders:live",
            "arn:aws:lambda:eu-west-1:444455556666:function:orders",
        ] {
            assert!(check(&[ORDERS], "sluice", other).is_err(), "{other}");
        }
    }

    #[test]
    fn a_wildcard_does_not_match_the_deployments_own_resources() {
        for own in [
            "arn:aws:lambda:eu-west-1:111122223333:function:sluice-WorkerFunction-Ab1",
            "arn:aws:lambda:eu-west-1:111122223333:function:Sluice-workerfunction-ab1:live",
            "arn:aws:sqs:eu-west-1:111122223333:sluice-ExecutionsQueue-Ab1",
        ] {
            assert!(check(&["*"], "sluice", own).is_err(), "{own}");
        }
        let other_account = "arn:aws:sqs:eu-west-1:444455556666:sluice-orders";
        assert_eq!(check(&["*"], "sluice", other_account), Ok(()));
        assert_eq!(check(&["*"], "sluice", ORDERS), Ok(()));
    }

    #[test]
    fn resources_of_a_stack_whose_long_name_was_cut_are_recognised() {
        let stack = "a-stack-with-a-name-that-is-too-long-for-lambda";
        let own =
            "arn:aws:lambda:eu-west-1:111122223333:function:a-stack-with-a-name-that-WorkerFunc-1";
        assert!(check(&["*"], stack, own).is_err());
    }
}
