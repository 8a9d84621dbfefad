//! `aws.lambda`: invokes a function, and gives its answer. It does not know who may call which.

use engine::{Fault, FaultKind};
use integrations::{Invocation, Invoked};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Outcome, Reply, arguments, faults};
use crate::App;
use crate::call::Caller;

/// As much as a call over HTTP may answer.
const ANSWER_BYTES: usize = 1_048_576;

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

/// As Lambda names them.
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
    let invoked = app.reach.invoke(&invocation).await;
    match invoked.map_err(faults::of_failure)? {
        Invoked::Accepted => Ok(Reply::Returned(json!({"accepted": true}))),
        Invoked::Answered(payload) => answer(&payload).map(Reply::Returned),
        Invoked::Errored(payload) => Err(function_error(&payload)),
    }
}

fn answer(payload: &[u8]) -> Result<Value, Fault> {
    if payload.len() > ANSWER_BYTES {
        let bytes = payload.len();
        let detail = format!("the function's answer takes {bytes} bytes, more than {ANSWER_BYTES}");
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

/// Runtimes answer `{"errorType", "errorMessage", …}`; the stack trace stays where it is.
fn function_error(payload: &[u8]) -> Fault {
    let told: Value = serde_json::from_slice(payload).unwrap_or_default();
    let text = |name: &str| told[name].as_str().unwrap_or("unknown").to_owned();
    let detail = format!(
        "the function failed: {}: {}",
        text("errorType"),
        text("errorMessage")
    );
    let default = FaultKind::Runtime.raise("").status;
    faults::fault(FaultKind::Runtime, default, &detail)
}
