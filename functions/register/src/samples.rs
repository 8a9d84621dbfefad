//! `…/triggers/{triggerId}/sample`: what the senders of a trigger send, from an example or from key-value pairs.

use api::resources::trigger::{self, SampleDraft};
use api::{Problem, answer};
use domain::{Sample, Trigger};
use http_function::Failure;
use lambda_http::{Body, Response};

use crate::RequestContext;
use crate::sample_changes::SampleChange;
use crate::trigger_changes::{Change, apply};
use crate::triggers::find;

/// Keeps a new sample, and gives the trigger the parameters that it shows.
pub(crate) async fn create(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let SampleDraft { sample, parameters } = trigger::sample_draft(context.inbound, context.now)?;
    let is_inferred = parameters.is_none();
    let (parameters, omitted) = match parameters {
        Some(parameters) => (parameters, 0),
        None => {
            let inferred = domain::infer_parameters(&sample.request);
            let inferred = inferred.map_err(|_| Problem::internal())?;
            (inferred.parameters, inferred.omitted)
        }
    };
    let change = SampleChange::Set {
        parameters,
        is_inferred,
        taken_at: sample.taken_at,
    };
    let trigger = find(context).await?;
    let changed = keep(context, &trigger, &sample, change).await?;
    let view = trigger::with_omitted(trigger::view(&changed), omitted);
    Ok(answer::ok(&view))
}

/// Keeps the sample before the trigger says that it has one; after a crash between the two, a repeat makes both fit.
pub(crate) async fn keep(
    context: &RequestContext<'_>,
    trigger: &Trigger,
    sample: &Sample,
    change: SampleChange,
) -> Result<Trigger, Failure> {
    context.aws.samples.put(trigger, sample).await?;
    let changed = apply(context, &Change::Sample(change)).await?;
    Ok(changed.trigger)
}

pub(crate) async fn show(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let found = find(context).await?;
    let sample = context.aws.samples.find(&found).await?;
    let sample = sample.ok_or_else(Problem::not_found)?;
    let view = trigger::sample_view(&sample, found.id, &found.parameters);
    Ok(answer::ok(&view))
}

/// The parameters stay.
pub(crate) async fn delete(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let found = find(context).await?;
    context.aws.samples.delete(&found).await?;
    apply(context, &Change::Sample(SampleChange::Forget)).await?;
    Ok(answer::no_content())
}
