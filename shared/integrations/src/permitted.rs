//! What workflows may call: what the operator lists, and never this deployment's own resources. IAM
//! holds the same lists; this says so in words, and keeps a wide list from opening the own house.

use store::Callable;

use crate::Failure;
use crate::arn::Arn;

/// Names that CloudFormation makes begin with the stack's, which it cuts where all is too long.
const KEPT_CHARS: usize = 24;

pub(crate) struct Permitted {
    patterns: Vec<String>,
    own_prefix: Option<String>,
    account: Option<String>,
}

impl Permitted {
    pub(crate) fn new(callable: &Callable) -> Self {
        let own_prefix = callable.stack_name.as_deref().map(|stack| {
            let name = format!("{stack}-").to_ascii_lowercase();
            name.chars().take(KEPT_CHARS).collect()
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
                "{text} looks like a part of Sluice itself, which workflows may not call"
            )));
        }
        if self.patterns.iter().any(|pattern| matches(pattern, arn)) {
            return Ok(());
        }
        Err(Failure::Forbidden(format!(
            "{} is not among what workflows may call in this deployment; its operator can add it",
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

/// A `*` at the end stands for anything, also for nothing; elsewhere it stands for itself, and so
/// for nothing that there is.
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
        let permitted = Permitted::new(&Callable {
            arns: arns.iter().map(ToString::to_string).collect(),
            stack_name: Some(stack.to_owned()),
            account_id: Some("111122223333".to_owned()),
        });
        permitted.check(&Arn::parse(arn).unwrap())
    }

    const ORDERS: &str = "arn:aws:lambda:eu-west-1:111122223333:function:orders";

    #[test]
    fn nothing_is_permitted_until_it_is_listed() {
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
    fn a_wide_list_does_not_open_the_own_house() {
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
    fn a_long_stack_name_that_was_cut_is_known_again() {
        let stack = "a-stack-with-a-name-that-is-too-long-for-lambda";
        let own =
            "arn:aws:lambda:eu-west-1:111122223333:function:a-stack-with-a-name-that-WorkerFunc-1";
        assert!(check(&["*"], stack, own).is_err());
    }
}
