//! The stack's template, as far as the local stack supports it: functions, routes, tables, queues, buckets, keys, mappings
//! and schedules. Does not know what any of them does, nor how they are emulated.
//!
//! Of CloudFormation's language exactly `Ref`, `Fn::GetAtt`, `Fn::Sub`, `Fn::Join`, `Fn::Split`, `Fn::If`, `Fn::FindInMap` and
//! conditions are read, in their long and short forms, with parameter defaults and the pseudo parameters. Anything else is
//! an error that names its path. A function has one version here, which its alias names.

mod allowed;
mod conditions;
mod event_sources;
mod find_in_map;
mod names;
mod properties;
mod resolve;
mod resource;
mod resources;
mod routes;
mod yaml;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

/// The values of the pseudo parameters, and the address of the queues.
#[derive(Clone, Debug)]
pub struct DeploymentScope {
    /// `AWS::Region`.
    pub region: String,
    /// `AWS::AccountId`, twelve digits.
    pub account_id: String,
    /// `AWS::StackName`; also the prefix of every resource that the template gives no name.
    pub stack_name: String,
    /// What queue URLs begin with, such as `http://127.0.0.1:9324`.
    pub sqs_endpoint: String,
}

/// What a template asks for.
#[derive(Clone, Debug, Default)]
pub struct Template {
    /// `AWS::Serverless::Function`.
    pub functions: Vec<Function>,
    /// `AWS::ApiGatewayV2::Route`.
    pub routes: Vec<Route>,
    /// `AWS::Lambda::EventSourceMapping`.
    pub mappings: Vec<Mapping>,
    /// `AWS::Scheduler::Schedule`.
    pub schedules: Vec<Schedule>,
    /// `AWS::DynamoDB::Table`.
    pub tables: Vec<Table>,
    /// `AWS::SQS::Queue`.
    pub queues: Vec<Queue>,
    /// `AWS::S3::Bucket`, by name.
    pub buckets: Vec<String>,
    /// `AWS::KMS::Key`, by ARN.
    pub keys: Vec<String>,
}

/// A Lambda function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name on AWS.
    pub name: String,
    /// Its package in this workspace: the last part of `CodeUri`, or else the name.
    pub package: String,
    /// What its process finds in the environment.
    pub environment: BTreeMap<String, String>,
    /// How long one invocation may take.
    pub timeout_seconds: u32,
    /// Whether it may be part of a chain of its own invocations (`RecursiveLoop: Allow`).
    pub allows_recursion: bool,
}

/// A route of the HTTP API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// In capitals, or `ANY`.
    pub method: String,
    /// With `{name}` for one segment and `{name+}` for all that follow; or `$default`.
    pub path: String,
    /// The name of the function that answers.
    pub function: String,
}

/// A queue whose messages invoke a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The name of the queue.
    pub queue: String,
    /// The name of the function.
    pub function: String,
    /// At most so many messages an invocation.
    pub batch_size: u32,
    /// How long a batch may be gathered.
    pub batching_window_seconds: u32,
    /// At most so many invocations at a time.
    pub maximum_concurrency: u32,
    /// Whether the function's answer names the messages that failed (`ReportBatchItemFailures`).
    pub reports_item_failures: bool,
}

/// A function invoked by the clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The name of the function.
    pub function: String,
    /// From one invocation to the next.
    pub every_seconds: u32,
    /// The event that the function gets.
    pub input: Value,
}

/// A DynamoDB table.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Its name on AWS.
    pub name: String,
    /// The request that `CreateTable` takes: keys, attributes and indexes.
    pub definition: Value,
    /// The attribute that holds the time after which an item may go.
    pub ttl_attribute: Option<String>,
}

/// An SQS queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Its name on AWS.
    pub name: String,
    /// How long a received message stays hidden, unless a receiver says otherwise.
    pub visibility_timeout_seconds: u32,
    /// How long a new message stays hidden, unless a sender says otherwise.
    pub delay_seconds: u32,
    /// How long a message is kept.
    pub retention_seconds: u32,
    /// How long a receive waits for a message, unless a receiver says otherwise.
    pub receive_wait_seconds: u32,
    /// Where a message goes that was received too often.
    pub redrive: Option<Redrive>,
}

/// Where a message goes that was received too often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redrive {
    /// The name of the dead-letter queue.
    pub dead_letter_queue: String,
    /// The receive after this many moves the message.
    pub max_receive_count: u32,
}

/// Why the local stack does not support a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct TemplateError {
    /// A JSON pointer into the template; `/` for the whole.
    pub path: String,
    /// What is wrong there, and what to do about it.
    pub reason: String,
}

impl TemplateError {
    fn new(path: &str, reason: impl Into<String>) -> Self {
        let path = if path.is_empty() { "/" } else { path };
        Self {
            path: path.to_owned(),
            reason: reason.into(),
        }
    }
}

/// A template in YAML as JSON, every tag in its long form: for tests of resources that the local stack does not have.
///
/// # Errors
/// Says where the text is not YAML.
pub fn document(text: &str) -> Result<Value, TemplateError> {
    yaml::parse(text)
}

/// The same for templates that are deployed, which use nothing that is not supported. A process that starts stack after
/// stack, as tests do, reads each text once.
fn known_document(text: &str) -> Result<Arc<Value>, TemplateError> {
    static KNOWN: Mutex<BTreeMap<String, Arc<Value>>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(document) = known.get(text) {
        return Ok(Arc::clone(document));
    }
    let document = Arc::new(document(text)?);
    allowed::refuse_unknown_intrinsics(&document, "")?;
    known.insert(text.to_owned(), Arc::clone(&document));
    Ok(document)
}

impl Template {
    /// Reads templates in YAML, in the order in which they are deployed: the outputs of one are values of the parameters
    /// with the same names of those that follow.
    ///
    /// # Errors
    /// Names the place of whatever is not YAML, not known or not there.
    pub fn parse(
        texts: &[impl AsRef<str>],
        scope: &DeploymentScope,
    ) -> Result<Self, TemplateError> {
        let mut documents = Vec::new();
        let mut whole = Self::default();
        for text in texts {
            let document = known_document(text.as_ref())?;
            whole.extend(resources::read(&resolve::Resolver::new(
                &document, &documents, scope,
            ))?);
            documents.push(document);
        }
        resources::refuse_dangling(&whole)?;
        Ok(whole)
    }

    fn extend(&mut self, other: Self) {
        self.functions.extend(other.functions);
        self.routes.extend(other.routes);
        self.mappings.extend(other.mappings);
        self.schedules.extend(other.schedules);
        self.tables.extend(other.tables);
        self.queues.extend(other.queues);
        self.keys.extend(other.keys);
        self.buckets.extend(other.buckets);
    }

    /// The function of that name.
    pub(crate) fn function(&self, name: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.name == name)
    }
}

#[cfg(test)]
mod tests;
