//! The window in which the next request becomes the sample, as JSON.

use domain::{CaptureWindow, Parameters, Sample, Timestamp, TriggerId};
use serde::Serialize;

use super::parameters::{self, ParameterView};
use super::sample::{SampleView, sample_view};
use crate::problem::Problem;
use crate::status::Code;

/// What is known of a window.
#[derive(Debug)]
pub struct Capture<'a> {
    /// The window.
    pub window: &'a CaptureWindow,
    /// When it is shown.
    pub now: Timestamp,
    /// What it got.
    pub found: Option<CapturedSample<'a>>,
}

/// A captured request, and what it shows.
#[derive(Debug)]
pub struct CapturedSample<'a> {
    /// The trigger that it was sent to.
    pub trigger: TriggerId,
    /// The request.
    pub sample: &'a Sample,
    /// The parameters that the trigger gets once it is confirmed.
    pub parameters: Parameters,
    /// Fields of the request that find no room among them.
    pub omitted: usize,
}

/// The window in which the next request becomes the sample of a trigger.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CaptureView {
    /// What has become of the window.
    #[cfg_attr(test, schemars(extend("enum" = ["pending", "open", "captured", "expired"])))]
    state: &'static str,
    /// From then on a request is captured.
    opens_at: Timestamp,
    /// Until then.
    closes_at: Timestamp,
    #[serde(flatten)]
    captured: Option<CapturedView>,
}

/// A captured request, and what it shows.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct CapturedView {
    /// The captured request, where there is one.
    sample: SampleView,
    /// The parameters that the trigger gets once it is confirmed.
    parameters: Vec<ParameterView>,
    /// How many fields of the request find no room among them.
    omitted_parameters: usize,
}

/// A window as answers show it.
pub fn capture_view(capture: Capture<'_>) -> CaptureView {
    let Capture { window, now, found } = capture;
    CaptureView {
        state: window.state(found.is_some(), now).as_str(),
        opens_at: window.opens_at,
        closes_at: window.closes_at,
        captured: found.map(|found| CapturedView {
            sample: sample_view(found.sample, found.trigger, &found.parameters),
            parameters: parameters::view(&found.parameters),
            omitted_parameters: found.omitted,
        }),
    }
}

/// There is no captured request to confirm.
pub fn nothing_captured() -> Problem {
    Problem::new(
        Code::NothingCaptured,
        "No request was captured; send one between opensAt and closesAt, or open a new window with POST …/capture.",
    )
}
