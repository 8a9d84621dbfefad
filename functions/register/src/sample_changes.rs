//! Changes of what a trigger says of its sample: its parameters, when it was made, and the window in which the next request
//! becomes it.

use domain::{CaptureId, CaptureWindow, Parameters, Timestamp, Trigger};
use store::StoreError;

use crate::RequestContext;

/// A change of what a trigger says of its sample.
pub(crate) enum SampleChange {
    /// A new sample; `is_inferred` keeps the settings of parameters that the trigger has already. No window is open any
    /// more.
    Set {
        parameters: Parameters,
        is_inferred: bool,
        taken_at: Timestamp,
    },
    /// The trigger has none any more; its parameters stay.
    Forget,
    /// In the place of the window before.
    Open(CaptureWindow),
    /// Unless another window was opened meanwhile.
    Close(CaptureId),
}

impl SampleChange {
    pub(crate) async fn apply(
        &self,
        context: &RequestContext<'_>,
        old: Trigger,
    ) -> Result<Trigger, StoreError> {
        Ok(match self {
            Self::Set {
                parameters,
                is_inferred,
                taken_at,
            } => {
                let parameters = parameters.clone();
                let parameters = match is_inferred {
                    true => parameters.with_settings_of(&old.parameters),
                    false => parameters,
                };
                Trigger {
                    parameters,
                    sampled_at: Some(*taken_at),
                    capture: None,
                    ..old
                }
            }
            Self::Forget => Trigger {
                sampled_at: None,
                ..old
            },
            Self::Open(window) => {
                // Before the trigger names it, so that what is captured has its place from the beginning.
                context.aws.captures.open(&old, window).await?;
                Trigger {
                    capture: Some(*window),
                    ..old
                }
            }
            Self::Close(id) => Trigger {
                capture: old.capture.filter(|window| window.id != *id),
                ..old
            },
        })
    }
}
