//! `…/triggers/{triggerId}/capture`: the window in which the next request becomes the sample.

use api::resources::trigger::{self, Capture};
use api::{Problem, answer};
use domain::{CaptureId, CaptureWindow, CapturedRequest, Sample, SampleOrigin, Trigger};
use http_function::Failure;
use lambda_http::{Body, Response};

use crate::RequestContext;
use crate::sample_changes::SampleChange;
use crate::samples::keep;
use crate::trigger_changes::{Change, apply};
use crate::triggers::find;

/// Opens a window, in the place of the one before.
pub(crate) async fn open(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let id = CaptureId::random(context.aws.random.u128());
    let window = CaptureWindow::new(id, context.now);
    apply(context, &Change::Sample(SampleChange::Open(window))).await?;
    Ok(answer::ok(&trigger::capture_view(Capture {
        window: &window,
        now: context.now,
        found: None,
    })))
}

/// The state of the window, and the request that it got with the parameters that it shows.
pub(crate) async fn show(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let (trigger, window) = find_window(context).await?;
    let found = captured_sample(context, &trigger, &window).await?;
    let inferred = found.as_ref().map(infer).transpose()?;
    let found = found.as_ref().zip(inferred);
    Ok(answer::ok(&trigger::capture_view(Capture {
        window: &window,
        now: context.now,
        found: found.map(|(sample, inferred)| trigger::CapturedSample {
            trigger: trigger.id,
            sample,
            parameters: inferred.parameters.with_settings_of(&trigger.parameters),
            omitted: inferred.omitted,
        }),
    })))
}

/// Makes the captured request the sample of the trigger, with the parameters that it shows. The window is closed last, so
/// that a repeat after a crash finds the request again. A repeat after that finds what was confirmed.
pub(crate) async fn confirm(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let trigger = find(context).await?;
    let Some(window) = trigger.capture else {
        return confirmed(context, &trigger).await;
    };
    let sample = captured_sample(context, &trigger, &window).await?;
    let sample = sample.ok_or_else(trigger::nothing_captured)?;
    let inferred = infer(&sample)?;
    let change = SampleChange::Set {
        parameters: inferred.parameters,
        is_inferred: true,
        taken_at: sample.taken_at,
    };
    let changed = keep(context, &trigger, &sample, change).await?;
    context.aws.captures.close(&changed, &window).await?;
    let view = trigger::with_omitted(trigger::view(&changed), inferred.omitted);
    Ok(answer::ok(&view))
}

/// The answer to a repeat: no window is open, and the sample is one that was captured.
async fn confirmed(
    context: &RequestContext<'_>,
    trigger: &Trigger,
) -> Result<Response<Body>, Failure> {
    let sample = context.aws.samples.find(trigger).await?;
    let sample = sample.filter(|sample| sample.origin == SampleOrigin::Capture);
    let inferred = infer(&sample.ok_or_else(Problem::not_found)?)?;
    let view = trigger::with_omitted(trigger::view(trigger), inferred.omitted);
    Ok(answer::ok(&view))
}

/// Closes the window. Closed first where webhooks write it, so that nothing is captured from then on.
pub(crate) async fn close(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let (trigger, window) = find_window(context).await?;
    context.aws.captures.close(&trigger, &window).await?;
    apply(context, &Change::Sample(SampleChange::Close(window.id))).await?;
    Ok(answer::no_content())
}

async fn find_window(context: &RequestContext<'_>) -> Result<(Trigger, CaptureWindow), Failure> {
    let trigger = find(context).await?;
    let window = trigger.capture.ok_or_else(Problem::not_found)?;
    Ok((trigger, window))
}

async fn captured_sample(
    context: &RequestContext<'_>,
    trigger: &Trigger,
    window: &CaptureWindow,
) -> Result<Option<Sample>, Failure> {
    let captures = &context.aws.captures;
    let found = captures.find(trigger, window, context.now).await?;
    Ok(found.map(|CapturedRequest { request, at }| Sample {
        request,
        origin: SampleOrigin::Capture,
        taken_at: at,
    }))
}

/// A request is captured only where its body parses.
fn infer(sample: &Sample) -> Result<domain::InferredParameters, Problem> {
    domain::infer_parameters(&sample.request).map_err(|_| Problem::internal())
}
