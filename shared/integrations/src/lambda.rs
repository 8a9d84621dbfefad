//! Invokes Lambda functions. It does not know what their responses mean.

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use aws_sdk_lambda::{Client, config};
use aws_smithy_types::retry::RetryConfig;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::arn::Arn;
use crate::{Failure, Integrations, long};

const SERVICE: &str = "Lambda";

/// The function to invoke, and what it is given.
pub struct Invocation<'a> {
    /// A function's name in this account and region, or its ARN.
    pub function: &'a str,
    /// A version or an alias.
    pub qualifier: Option<&'a str>,
    /// The event that the function receives.
    pub payload: &'a Value,
    /// Whether Lambda queues the event and answers at once, instead of when the function has ended.
    pub is_event: bool,
    /// The function finds it in its client context, as `custom.idempotencyKey`. Lambda passes it on only for an
    /// invocation that waits for the response.
    pub idempotency_key: &'a str,
}

/// The outcome of an invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvocationOutcome {
    /// The function's response: JSON, or empty.
    Answered(Vec<u8>),
    /// Lambda has queued the event.
    Accepted,
    /// The function failed; its own description of the error, as JSON.
    Errored(Vec<u8>),
}

impl Integrations {
    /// Invokes a function that workflows may call.
    pub async fn invoke(&self, invocation: &Invocation<'_>) -> Result<InvocationOutcome, Failure> {
        let function = self.function_arn(invocation.function, invocation.qualifier)?;
        self.allowlist.check(&function)?;
        let kind = if invocation.is_event {
            InvocationType::Event
        } else {
            InvocationType::RequestResponse
        };
        let context = json!({"custom": {"idempotencyKey": invocation.idempotency_key}});
        let sent = self
            .lambda()
            .invoke()
            .function_name(&function.text)
            .invocation_type(kind)
            .client_context(STANDARD.encode(context.to_string()))
            .payload(Blob::new(invocation.payload.to_string()))
            .send()
            .await;
        let answer = sent.map_err(|error| Failure::of(SERVICE, error))?;
        let payload = answer.payload.map(Blob::into_inner).unwrap_or_default();
        Ok(match (invocation.is_event, answer.function_error) {
            (true, _) => InvocationOutcome::Accepted,
            (false, None) => InvocationOutcome::Answered(payload),
            (false, Some(_)) => InvocationOutcome::Errored(payload),
        })
    }

    /// The ARN with the qualifier as its last part, as IAM policies have it.
    fn function_arn(&self, function: &str, qualifier: Option<&str>) -> Result<Arn, Failure> {
        let malformed = || {
            Failure::Malformed(format!(
                "{function:?} is neither a function's name nor its ARN"
            ))
        };
        let resource = match Arn::of_kind(function, "lambda", "function:") {
            Some(arn) => arn.text,
            None if is_name(function) => {
                let resource = format!("function:{function}");
                self.scope.arn("lambda", &resource)?.text
            }
            None => return Err(malformed()),
        };
        let whole = match qualifier {
            Some(qualifier) => format!("{resource}:{qualifier}"),
            None => resource,
        };
        // `arn:aws:lambda:<region>:<account>:function:<name>`, and at most one part more.
        Arn::parse(&whole)
            .filter(|_| matches!(whole.split(':').count(), 7 | 8))
            .ok_or_else(malformed)
    }

    fn lambda(&self) -> &Client {
        self.lambda.get_or_init(|| {
            let mut config = config::Builder::from(&self.connection.sdk_config())
                .retry_config(RetryConfig::standard().with_max_attempts(3))
                .timeout_config(long());
            config.set_endpoint_url(self.connection.endpoints().lambda.clone());
            Client::from_conf(config.build())
        })
    }
}

fn is_name(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    !text.is_empty() && text.chars().all(is_plain)
}
