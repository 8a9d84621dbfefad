//! Starts Step Functions executions and looks how far they have come. Standard workflows only: an
//! express one can be neither named nor found again. It does not know when to look again.

use aws_sdk_sfn::operation::describe_execution::{DescribeExecutionError, DescribeExecutionOutput};
use aws_sdk_sfn::operation::start_execution::StartExecutionError;
use aws_sdk_sfn::types::ExecutionStatus;
use aws_sdk_sfn::{Client, config};
use aws_smithy_types::retry::RetryConfig;
use domain::{EffectKey, Timestamp};
use serde_json::Value;

use crate::arn::Arn;
use crate::{Failure, Reach, short};

const SERVICE: &str = "Step Functions";

pub struct Start<'a> {
    /// Its ARN, which may end with a version or an alias.
    pub state_machine: &'a str,
    pub input: &'a Value,
    /// The execution's name comes from it, so that a repeat finds what the first one started.
    pub effect: &'a EffectKey,
}

/// How far an execution has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Since then, where Step Functions has told.
    Running { since: Option<Timestamp> },
    /// With its output: JSON, or nothing.
    Succeeded { output: String },
    /// `FAILED`, `TIMED_OUT` or `ABORTED`, with what is known of why.
    Ended {
        status: String,
        error: Option<String>,
        cause: Option<String>,
    },
}

impl Reach {
    /// Starts it unless it was started, and says how it stands.
    ///
    /// Looks first: a name that was used cannot be started again once its execution has ended. What
    /// was started a moment ago may not be found yet; then starting it again is refused, or changes
    /// nothing.
    pub async fn run_state_machine(&self, start: &Start<'_>) -> Result<Standing, Failure> {
        let machine = Arn::of_kind(start.state_machine, "states", "stateMachine:");
        let machine = machine.ok_or_else(|| {
            let text = start.state_machine;
            Failure::Malformed(format!("{text:?} is not the ARN of a state machine"))
        })?;
        self.permitted.check(&machine)?;
        match self.look(&machine, start.effect).await? {
            Some(standing) => Ok(standing),
            None => self.start(&machine, start).await,
        }
    }

    async fn look(&self, machine: &Arn, effect: &EffectKey) -> Result<Option<Standing>, Failure> {
        let looked = self
            .states()
            .describe_execution()
            .execution_arn(execution_arn(machine, effect))
            .send()
            .await;
        match looked {
            Ok(found) => Ok(Some(standing(found))),
            Err(error) => match error.as_service_error() {
                Some(DescribeExecutionError::ExecutionDoesNotExist(_)) => Ok(None),
                _ => Err(Failure::of(SERVICE, error)),
            },
        }
    }

    async fn start(&self, machine: &Arn, start: &Start<'_>) -> Result<Standing, Failure> {
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
            Ok(started) => Ok(Standing::Running {
                since: moment(&started.start_date),
            }),
            Err(error) => match error.as_service_error() {
                Some(StartExecutionError::ExecutionAlreadyExists(_)) => {
                    Ok(Standing::Running { since: None })
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

/// `…:execution:<machine>:<name>`, without the version or alias that it was started by.
fn execution_arn(machine: &Arn, effect: &EffectKey) -> String {
    let before = machine.text.split(":stateMachine:").next();
    let before = before.unwrap_or_default();
    format!(
        "{before}:execution:{}:{}",
        machine.name(),
        effect.name_outside()
    )
}

fn standing(found: DescribeExecutionOutput) -> Standing {
    match found.status {
        ExecutionStatus::Succeeded => Standing::Succeeded {
            output: found.output.unwrap_or_default(),
        },
        ExecutionStatus::Running | ExecutionStatus::PendingRedrive => Standing::Running {
            since: moment(&found.start_date),
        },
        other => Standing::Ended {
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
    fn an_execution_is_named_after_ours_and_found_without_the_alias() {
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
