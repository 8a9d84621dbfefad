//! Parses ARNs, and completes a bare name to an ARN of this account and region. It does not know what is permitted.

use crate::Failure;

/// The account and region that a bare name belongs to.
#[derive(Clone, Debug)]
pub(crate) struct AwsScope {
    region: String,
    account: Option<String>,
}

/// The ARN of one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arn {
    pub(crate) service: String,
    pub(crate) account: String,
    /// `function:name`, `stateMachine:name`, `event-bus/name`, or a queue's name.
    pub(crate) resource: String,
    /// The whole ARN.
    pub(crate) text: String,
}

impl Arn {
    /// Parses an ARN of exactly six parts, the last of which may hold colons. Only characters of resource names are
    /// accepted, so no wildcard.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_:/.$".contains(c);
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, service, region, account, resource] = parts[..] else {
            return None;
        };
        let is_whole = [partition, service, region, account, resource]
            .iter()
            .all(|part| !part.is_empty());
        (is_whole && text.chars().all(is_plain)).then(|| Self {
            service: service.to_owned(),
            account: account.to_owned(),
            resource: resource.to_owned(),
            text: text.to_owned(),
        })
    }

    /// Parses an ARN of that service whose resource begins with `prefix`.
    pub(crate) fn of_kind(text: &str, service: &str, prefix: &str) -> Option<Self> {
        Self::parse(text).filter(|arn| arn.service == service && arn.resource.starts_with(prefix))
    }

    /// The resource's name, without its kind, version or alias.
    pub(crate) fn name(&self) -> &str {
        let without_kind = match self.service.as_str() {
            "lambda" | "states" => self.resource.split_once(':'),
            "events" => self.resource.split_once('/'),
            _ => None,
        };
        let name = without_kind.map_or(self.resource.as_str(), |(_, name)| name);
        name.split(':').next().unwrap_or(name)
    }
}

impl AwsScope {
    pub(crate) fn new(region: &str, account: Option<&str>) -> Self {
        Self {
            region: region.to_owned(),
            account: account.map(str::to_owned),
        }
    }

    fn partition(&self) -> &'static str {
        match () {
            () if self.region.starts_with("cn-") => "aws-cn",
            () if self.region.starts_with("us-gov-") => "aws-us-gov",
            () if self.region.starts_with("eusc-") => "aws-eusc",
            () => "aws",
        }
    }

    /// The ARN of a resource in this region and account.
    pub(crate) fn arn(&self, service: &str, resource: &str) -> Result<Arn, Failure> {
        let account = self.account.as_deref().ok_or_else(|| {
            Failure::Malformed(format!(
                "{resource}: the account is unknown here, so a full ARN is needed"
            ))
        })?;
        self.arn_in(account, service, resource)
    }

    /// The ARN of a resource in this region and another account.
    pub(crate) fn arn_in(
        &self,
        account: &str,
        service: &str,
        resource: &str,
    ) -> Result<Arn, Failure> {
        let partition = self.partition();
        let region = &self.region;
        let text = format!("arn:{partition}:{service}:{region}:{account}:{resource}");
        Arn::parse(&text).ok_or_else(|| Failure::Malformed(format!("{resource} is not a name")))
    }

    /// The URL of a service's endpoint in this region.
    pub(crate) fn url(&self, service: &str) -> String {
        let suffix = match self.partition() {
            "aws-cn" => "amazonaws.com.cn",
            "aws-eusc" => "amazonaws.eu",
            _ => "amazonaws.com",
        };
        format!("https://{service}.{}.{suffix}", self.region)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_neither_its_kind_nor_its_version() {
        for (arn, name) in [
            ("arn:aws:lambda:eu-west-1:1:function:orders:live", "orders"),
            ("arn:aws:states:eu-west-1:1:stateMachine:nightly", "nightly"),
            ("arn:aws:events:eu-west-1:1:event-bus/default", "default"),
            ("arn:aws:sqs:eu-west-1:1:orders.fifo", "orders.fifo"),
        ] {
            assert_eq!(Arn::parse(arn).unwrap().name(), name);
        }
    }

    #[test]
    fn an_endpoint_is_in_its_partitions_domain() {
        for (region, url) in [
            ("eu-west-1", "https://states.eu-west-1.amazonaws.com"),
            (
                "eusc-de-east-1",
                "https://states.eusc-de-east-1.amazonaws.eu",
            ),
            ("cn-north-1", "https://states.cn-north-1.amazonaws.com.cn"),
            (
                "us-gov-west-1",
                "https://states.us-gov-west-1.amazonaws.com",
            ),
        ] {
            assert_eq!(AwsScope::new(region, None).url("states"), url);
        }
    }

    #[test]
    fn a_text_that_could_match_several_resources_is_not_an_arn() {
        for bad in [
            "",
            "orders",
            "arn:aws:lambda:eu-west-1:1",
            "arn:aws:lambda:eu-west-1::function:orders",
            "arn:aws:lambda:eu-west-1:1:function:*",
            "arn:aws:lambda:eu-west-1:1:function:a?b",
            "arn:aws:lambda:eu-west-1:1:function:a b",
        ] {
            assert_eq!(Arn::parse(bad), None, "{bad}");
        }
    }
}
