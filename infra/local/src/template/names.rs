//! What things are called: pseudo parameters, and the names, addresses and ARNs of resources. Does not know the
//! functions that ask.

use serde_json::Value;

use super::TemplateError;
use super::resolve::{DEPTH_LIMIT, Resolver, escaped, text_of};

impl<'a> Resolver<'a> {
    pub(super) fn attribute_of(
        &self,
        resource: &str,
        attribute: &str,
        path: &str,
        depth: usize,
    ) -> Result<String, TemplateError> {
        let (kind, name) = self.named(resource, path, depth)?;
        let arn = |service: &str, rest: &str| {
            format!(
                "arn:aws:{service}:{}:{}:{rest}",
                self.scope.region, self.scope.account_id
            )
        };
        match (kind, attribute) {
            ("AWS::SQS::Queue", "Arn") => Ok(arn("sqs", &name)),
            ("AWS::SQS::Queue", "QueueName") => Ok(name),
            ("AWS::SQS::Queue", "QueueUrl") => Ok(self.queue_url(&name)),
            ("AWS::DynamoDB::Table", "Arn") => Ok(arn("dynamodb", &format!("table/{name}"))),
            ("AWS::S3::Bucket", "Arn") => Ok(format!("arn:aws:s3:::{name}")),
            ("AWS::S3::Bucket", "RegionalDomainName") => {
                Ok(format!("{name}.s3.{}.amazonaws.com", self.scope.region))
            }
            ("AWS::KMS::Key", "Arn") => Ok(arn("kms", &format!("key/{name}"))),
            ("AWS::Serverless::Function", "Arn") => Ok(arn("lambda", &format!("function:{name}"))),
            _ => Err(TemplateError::new(
                path,
                format!("the attribute {attribute} of {resource} ({kind}) is not known here"),
            )),
        }
    }

    /// The ARN of the alias under which a function is published (`AutoPublishAlias`).
    pub(super) fn alias_arn(
        &self,
        function: &str,
        path: &str,
        depth: usize,
    ) -> Result<String, TemplateError> {
        let own = format!("/Resources/{}/Properties", escaped(function));
        let alias = [own.as_str(), "/Globals/Function"]
            .iter()
            .find_map(|block| self.document.pointer(block)?.get("AutoPublishAlias"))
            .ok_or_else(|| {
                let reason = format!("{function} has no AutoPublishAlias");
                TemplateError::new(path, reason)
            })?;
        let alias = text_of(&self.resolve_within(alias, path, depth)?, path)?;
        let arn = self.attribute_of(function, "Arn", path, depth)?;
        Ok(format!("{arn}:{alias}"))
    }

    pub(super) fn pseudo_parameter(&self, name: &str) -> Option<String> {
        match name {
            "AWS::Region" => Some(self.scope.region.clone()),
            "AWS::AccountId" => Some(self.scope.account_id.clone()),
            "AWS::StackName" => Some(self.scope.stack_name.clone()),
            "AWS::Partition" => Some("aws".to_owned()),
            "AWS::URLSuffix" => Some("amazonaws.com".to_owned()),
            _ => None,
        }
    }

    /// The type of a resource, and its name on AWS: the one that the template gives, or one made from the stack's.
    pub(super) fn named(
        &self,
        logical_id: &str,
        path: &str,
        depth: usize,
    ) -> Result<(&'a str, String), TemplateError> {
        let Some(resource) = self
            .document
            .get("Resources")
            .and_then(|all| all.get(logical_id))
        else {
            return Err(TemplateError::new(
                path,
                format!("there is no resource or parameter {logical_id}"),
            ));
        };
        let kind = resource
            .get("Type")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let property = match kind {
            "AWS::SQS::Queue" => "QueueName",
            "AWS::DynamoDB::Table" => "TableName",
            "AWS::S3::Bucket" => "BucketName",
            "AWS::Serverless::Function" => "FunctionName",
            _ => return Ok((kind, logical_id.to_owned())),
        };
        let name = match resource.get("Properties").and_then(|all| all.get(property)) {
            Some(name) => {
                let path = format!("/Resources/{}/Properties/{property}", escaped(logical_id));
                text_of(&self.resolve_within(name, &path, depth)?, &path)?
            }
            // The names of buckets are in lower case.
            None if kind == "AWS::S3::Bucket" => {
                format!("{}-{logical_id}", self.scope.stack_name).to_lowercase()
            }
            None => format!("{}-{logical_id}", self.scope.stack_name),
        };
        Ok((kind, name))
    }

    /// The name on AWS of the resource at `path`.
    pub(super) fn physical_name(
        &self,
        logical_id: &str,
        path: &str,
    ) -> Result<String, TemplateError> {
        self.named(logical_id, path, DEPTH_LIMIT)
            .map(|(_, name)| name)
    }

    /// The ARN of the resource at `path`.
    pub(super) fn arn(&self, logical_id: &str, path: &str) -> Result<String, TemplateError> {
        self.attribute_of(logical_id, "Arn", path, DEPTH_LIMIT)
    }

    pub(super) fn queue_url(&self, name: &str) -> String {
        format!(
            "{}/{}/{name}",
            self.scope.sqs_endpoint, self.scope.account_id
        )
    }
}
