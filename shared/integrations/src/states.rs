//! Starts executions of Step Functions state machines and reads their status. Standard workflows only: an express
//! execution can be neither named nor found again. It does not know when to check again.

use aws_smithy_types::DateTime;
use aws_smithy_types::error::ErrorMetadata;
use domain::{EffectKey, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::arn::Arn;
use crate::service::{CallError, Request, Response, Service, ServiceNames};
use crate::{Failure, Integrations, short};

const SERVICE: &str = "Step Functions";
pub(crate) const NAMES: ServiceNames = ServiceNames {
    endpoint: "states",
    sdk: "sfn",
};
const CONTENT_TYPE: &str = "application/x-amz-json-1.0";

/// The state machine to run, and for which effect.
pub struct StartStateMachine<'a> {
    /// The state machine's ARN, which may end with a version or an alias.
    pub state_machine: &'a str,
    /// The input of the execution.
    pub input: &'a Value,
    /// The execution's name is derived from it, so that a repeat finds the execution that the first attempt started.
    pub effect: &'a EffectKey,
}

/// The status of a state machine's execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateMachineStatus {
    /// It runs, since that time where Step Functions gives one.
    Running {
        /// When it started.
        since: Option<Timestamp>,
    },
    /// It succeeded.
    Succeeded {
        /// JSON, or empty.
        output: String,
    },
    /// It ended without success.
    Ended {
        /// `FAILED`, `TIMED_OUT` or `ABORTED`.
        status: String,
        /// The name of the error, if there is one.
        error: Option<String>,
        /// The description of the error, if there is one.
        cause: Option<String>,
    },
}

/// What is read of the answer to `StartExecution`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Started {
    execution_arn: String,
    start_date: Option<f64>,
}

/// What is read of the answer to `DescribeExecution`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Described {
    status: String,
    start_date: Option<f64>,
    output: Option<String>,
    error: Option<String>,
    cause: Option<String>,
}

impl Integrations {
    /// Starts the execution unless it was started before, and returns its status.
    ///
    /// Reads the status first, because the name of an execution that has ended cannot be started again. An execution
    /// that was started a moment ago may not be found yet; then starting it again is refused or changes nothing.
    pub async fn run_state_machine(
        &self,
        start: &StartStateMachine<'_>,
    ) -> Result<StateMachineStatus, Failure> {
        let machine = Arn::of_kind(start.state_machine, "states", "stateMachine:");
        let machine = machine.ok_or_else(|| {
            let text = start.state_machine;
            Failure::Malformed(format!("{text:?} is not the ARN of a state machine"))
        })?;
        self.allowlist.check(&machine)?;
        match self.describe(&machine, start.effect).await? {
            Some(status) => Ok(status),
            None => self.start(&machine, start).await,
        }
    }

    async fn describe(
        &self,
        machine: &Arn,
        effect: &EffectKey,
    ) -> Result<Option<StateMachineStatus>, Failure> {
        let body = json!({"executionArn": execution_arn(machine, effect)});
        match self.ask("DescribeExecution", &body).await {
            Ok(found) => Ok(Some(status(found.json(SERVICE)?))),
            Err(error) if has_code(&error, "ExecutionDoesNotExist") => Ok(None),
            Err(error) => Err(Failure::of(SERVICE, error)),
        }
    }

    async fn start(
        &self,
        machine: &Arn,
        start: &StartStateMachine<'_>,
    ) -> Result<StateMachineStatus, Failure> {
        let body = json!({
            "stateMachineArn": machine.text,
            "name": start.effect.name_outside(),
            "input": start.input.to_string(),
        });
        let started: Started = match self.ask("StartExecution", &body).await {
            Ok(started) => started.json(SERVICE)?,
            Err(error) if has_code(&error, "ExecutionAlreadyExists") => {
                return Ok(StateMachineStatus::Running { since: None });
            }
            Err(error) => return Err(Failure::of(SERVICE, error)),
        };
        if started.execution_arn.contains(":express:") {
            return Err(Failure::Malformed(format!(
                "{} is an express workflow, whose end cannot be followed; use a standard one",
                machine.text
            )));
        }
        Ok(StateMachineStatus::Running {
            since: moment(started.start_date),
        })
    }

    async fn ask(&self, operation: &str, body: &Value) -> Result<Response, CallError> {
        let target = format!("AWSStepFunctions.{operation}");
        let request = Request::aws_json(CONTENT_TYPE, target, body);
        self.states().call(request).await
    }

    fn states(&self) -> &Service {
        self.states.get_or_init(|| {
            let url = self.connection.endpoints().states.as_ref();
            self.service(&NAMES, url, short())
        })
    }
}

fn has_code(error: &CallError, code: &str) -> bool {
    error.as_service_error().and_then(ErrorMetadata::code) == Some(code)
}

/// `…:execution:<machine>:<name>`, without the version or alias that the execution was started with.
fn execution_arn(machine: &Arn, effect: &EffectKey) -> String {
    let before = machine.text.split(":stateMachine:").next();
    let before = before.unwrap_or_default();
    format!(
        "{before}:execution:{}:{}",
        machine.name(),
        effect.name_outside()
    )
}

fn status(found: Described) -> StateMachineStatus {
    match found.status.as_str() {
        "SUCCEEDED" => StateMachineStatus::Succeeded {
            output: found.output.unwrap_or_default(),
        },
        "RUNNING" | "PENDING_REDRIVE" => StateMachineStatus::Running {
            since: moment(found.start_date),
        },
        _ => StateMachineStatus::Ended {
            status: found.status,
            error: found.error,
            cause: found.cause,
        },
    }
}

/// `seconds` are those since the epoch, with a fraction.
fn moment(seconds: Option<f64>) -> Option<Timestamp> {
    let millis = DateTime::from_secs_f64(seconds?).to_millis();
    millis.ok().map(Timestamp::from_millis)
}

#[cfg(test)]
mod tests {
    use domain::ExecutionId;

    use super::*;

    #[test]
    fn an_execution_is_named_after_the_effect_and_found_without_the_alias() {
        let effect = EffectKey::new(ExecutionId::derived(&["x"]), "/do/0/night/1");
        let name = effect.name_outside();
        let arn = "arn:aws:states:eu-west-1:111122223333:stateMachine:nightly:live";
        let machine = Arn::parse(arn).unwrap();
        assert_eq!(
            execution_arn(&machine, &effect),
            format!("arn:aws:states:eu-west-1:111122223333:execution:nightly:{name}")
        );
    }
}
