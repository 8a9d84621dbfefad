//! The window in which the next request becomes the sample, as JSON.

use domain::{CaptureWindow, Parameters, Sample, Timestamp, TriggerId};
use serde_json::{Value, json};

use super::parameters;
use super::sample::sample_view;
use crate::problem::Problem;
use crate::status::Code;

/// What is shown of a window.
#[derive(Debug)]
pub struct CaptureView<'a> {
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

/// `{state, opensAt, closesAt}`; once a request was captured, also `sample`, `parameters` and `omittedParameters`.
pub fn capture_view(capture: CaptureView<'_>) -> Value {
    let CaptureView { window, now, found } = capture;
    let mut view = json!({
        "state": window.state(found.is_some(), now).as_str(),
        "opensAt": window.opens_at,
        "closesAt": window.closes_at,
    });
    if let Some(found) = found {
        view["sample"] = sample_view(found.sample, found.trigger, &found.parameters);
        view["parameters"] = parameters::view(&found.parameters);
        view["omittedParameters"] = json!(found.omitted);
    }
    view
}

/// There is no captured request to confirm.
pub fn nothing_captured() -> Problem {
    Problem::new(
        Code::NothingCaptured,
        "No request was captured; send one between opensAt and closesAt, or open a new window with POST …/capture.",
    )
}
