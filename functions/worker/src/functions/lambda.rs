//! `aws.lambda`: invokes a Lambda function and returns its response. It does not check which functions a workflow may
//! invoke.

use engine::{Fault, FaultKind};
use integrations::{Invocation, InvocationOutcome};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Outcome, Reply, arguments, faults};
use crate::App;
use crate::http_call::Caller;

/// The largest response that is accepted, the same as for an HTTP call.
const MAX_RESPONSE_BYTES: usize = 1_048_576;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Arguments {
    function_name: String,
    #[serde(default)]
    payload: Value,
    qualifier: Option<String>,
    #[serde(default)]
    invocation_type: InvocationType,
}

/// In Lambda's own names.
#[derive(Default, Deserialize)]
enum InvocationType {
    #[default]
    RequestResponse,
    Event,
}

pub(super) async fn perform(app: &App, caller: &Caller, arguments: Value) -> Outcome {
    let arguments: Arguments = arguments::read(arguments)?;
    let invocation = Invocation {
        function: &arguments.function_name,
        qualifier: arguments.qualifier.as_deref(),
        payload: &arguments.payload,
        is_event: match arguments.invocation_type {
            InvocationType::RequestResponse => false,
            InvocationType::Event => true,
        },
        idempotency_key: caller.effect.as_str(),
    };
    let invoked = app.integrations.invoke(&invocation).await;
    match invoked.map_err(faults::of_failure)? {
        InvocationOutcome::Accepted => Ok(Reply::Returned(json!({"accepted": true}))),
        InvocationOutcome::Answered(payload) => answer(&payload).map(Reply::Returned),
        InvocationOutcome::Errored(payload) => Err(function_error(&payload)),
    }
}

fn answer(payload: &[u8]) -> Result<Value, Fault> {
    if payload.len() > MAX_RESPONSE_BYTES {
        let bytes = payload.len();
        let detail =
            format!("the function's answer takes {bytes} bytes, more than {MAX_RESPONSE_BYTES}");
        return Err(faults::fault(
            FaultKind::Communication,
            faults::TOO_LARGE,
            &detail,
        ));
    }
    if engine::has_too_many_values(payload) {
        let detail = format!(
            "the function's answer has more than {} values",
            engine::MAX_VALUES
        );
        return Err(faults::fault(
            FaultKind::Communication,
            faults::TOO_LARGE,
            &detail,
        ));
    }
    if payload.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(payload).map_err(|_| faults::not_json("the function's answer"))
}

/// Lambda runtimes answer `{"errorType", "errorMessage", …}`; the stack trace is left out.
fn function_error(payload: &[u8]) -> Fault {
    let error: Value = serde_json::from_slice(payload).unwrap_or_default();
    let text = |name: &str| error[name].as_str().unwrap_or("unknown").to_owned();
    let detail = format!(
        "the function failed: {}: {}",
        text("errorType"),
        text("errorMessage")
    );
    let default = FaultKind::Runtime.raise("").status;
    faults::fault(FaultKind::Runtime, default, &detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_a_megabyte_is_taken_and_one_byte_more_is_a_fault() {
        let text = |bytes: usize| json!("a".repeat(bytes - 2)).to_string();
        let taken = answer(text(MAX_RESPONSE_BYTES).as_bytes());
        assert!(taken.is_ok_and(|value| value.is_string()));
        let refused = answer(text(MAX_RESPONSE_BYTES + 1).as_bytes()).unwrap_err();
        assert!(
            refused
                .detail
                .is_some_and(|detail| detail.contains("more than 1048576"))
        );
    }

    #[test]
    fn an_answer_with_the_most_values_is_taken_and_one_more_is_a_fault() {
        let list_of = |values: usize| json!(vec![0; values - 1]).to_string();
        assert!(answer(list_of(engine::MAX_VALUES).as_bytes()).is_ok());
        let refused = answer(list_of(engine::MAX_VALUES + 1).as_bytes()).unwrap_err();
        assert_eq!(refused.status, faults::TOO_LARGE);
    }
}
