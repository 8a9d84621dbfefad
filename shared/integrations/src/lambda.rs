//! Invokes Lambda functions. It does not know what their responses mean.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::arn::Arn;
use crate::service::{Request, Service, ServiceNames};
use crate::{Failure, Integrations, long};

const SERVICE: &str = "Lambda";
pub(crate) const NAMES: ServiceNames = ServiceNames {
    endpoint: "lambda",
    sdk: "lambda",
};
/// What RFC 3986 does not call unreserved is encoded in a part of a path.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

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
        let sent = self.lambda().call(request(&function, invocation)).await;
        let answer = sent.map_err(|error| Failure::of(SERVICE, error))?;
        let has_failed = answer.headers.contains_key("x-amz-function-error");
        Ok(match (invocation.is_event, has_failed) {
            (true, _) => InvocationOutcome::Accepted,
            (false, false) => InvocationOutcome::Answered(answer.body),
            (false, true) => InvocationOutcome::Errored(answer.body),
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

    fn lambda(&self) -> &Service {
        self.lambda.get_or_init(|| {
            let url = self.connection.endpoints().lambda.as_ref();
            self.service(&NAMES, url, long())
        })
    }
}

/// Lambda API reference, "Invoke".
fn request(function: &Arn, invocation: &Invocation<'_>) -> Request {
    let function = utf8_percent_encode(&function.text, RESERVED);
    let kind = if invocation.is_event {
        "Event"
    } else {
        "RequestResponse"
    };
    let context = json!({"custom": {"idempotencyKey": invocation.idempotency_key}});
    Request {
        path: format!("/2015-03-31/functions/{function}/invocations"),
        content_type: "application/octet-stream",
        headers: vec![
            ("x-amz-invocation-type", kind.to_owned()),
            ("x-amz-client-context", STANDARD.encode(context.to_string())),
        ],
        body: invocation.payload.to_string(),
    }
}

fn is_name(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    !text.is_empty() && text.chars().all(is_plain)
}
