//! Starts executions of Step Functions state machines and reads their status. Standard workflows only: an express
//! execution can be neither named nor found again. It does not know when to check again.

use aws_sdk_sfn::operation::describe_execution::{DescribeExecutionError, DescribeExecutionOutput};
use aws_sdk_sfn::operation::start_execution::StartExecutionError;
use aws_sdk_sfn::types::ExecutionStatus;
use aws_sdk_sfn::{Client, config};
use aws_smithy_types::retry::RetryConfig;
use domain::{EffectKey, Timestamp};
use serde_json::Value;

use crate::arn::Arn;
use crate::{Failure, Integrations, short};

const SERVICE: &str = "Step Functions";

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
        let described = self
            .states()
            .describe_execution()
            .execution_arn(execution_arn(machine, effect))
            .send()
            .await;
        match described {
            Ok(found) => Ok(Some(status(found))),
            Err(error) => match error.as_service_error() {
                Some(DescribeExecutionError::ExecutionDoesNotExist(_)) => Ok(None),
                _ => Err(Failure::of(SERVICE, error)),
            },
        }
    }

    async fn start(
        &self,
        machine: &Arn,
        start: &StartStateMachine<'_>,
    ) -> Result<StateMachineStatus, Failure> {
        let started = self
            .states()
            .start_execution()
            .state_machine_arn(&machine.text)
            .name(start.effect.name_outside())
            .input(start.input.to_string())
            .send()
            .await;
        match started {
            Ok(started) if started.execution_arn.contains(":express:") => {
                Err(Failure::Malformed(format!(
                    "{} is an express workflow, whose end cannot be followed; use a standard one",
                    machine.text
                )))
            }
            Ok(started) => Ok(StateMachineStatus::Running {
                since: moment(&started.start_date),
            }),
            Err(error) => match error.as_service_error() {
                Some(StartExecutionError::ExecutionAlreadyExists(_)) => {
                    Ok(StateMachineStatus::Running { since: None })
                }
                _ => Err(Failure::of(SERVICE, error)),
            },
        }
    }

    fn states(&self) -> &Client {
        self.states.get_or_init(|| {
            let mut config = config::Builder::from(&self.connection.sdk_config())
                .retry_config(RetryConfig::standard().with_max_attempts(3))
                .timeout_config(short());
            config.set_endpoint_url(self.connection.endpoints().states.clone());
            Client::from_conf(config.build())
        })
    }
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

fn status(found: DescribeExecutionOutput) -> StateMachineStatus {
    match found.status {
        ExecutionStatus::Succeeded => StateMachineStatus::Succeeded {
            output: found.output.unwrap_or_default(),
        },
        ExecutionStatus::Running | ExecutionStatus::PendingRedrive => StateMachineStatus::Running {
            since: moment(&found.start_date),
        },
        other => StateMachineStatus::Ended {
            status: other.as_str().to_owned(),
            error: found.error,
            cause: found.cause,
        },
    }
}

fn moment(date: &aws_smithy_types::DateTime) -> Option<Timestamp> {
    date.to_millis().ok().map(Timestamp::from_millis)
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
