//! What an authorized request has to be before anything is written for it: its delivery id, its body, its parameters, and
//! the trigger's condition. It makes no call of AWS.

use api::webhook::{self, Outcome};
use domain::{Authentication, InvalidEvent, SenderDeliveryId, Trigger, WebhookRequest};
use store::Count;

use crate::App;

/// The delivery id of a request that may be recorded, which then has the parameters that the worker reads its event by;
/// otherwise what becomes of it.
pub(crate) fn check(
    app: &App,
    trigger: &Trigger,
    request: &mut WebhookRequest,
) -> Result<Option<SenderDeliveryId>, Outcome> {
    let authentication = trigger.authentication.as_ref();
    let scheme = authentication.and_then(Authentication::scheme);
    let chosen = trigger.delivery_id_location.as_ref();
    let delivery_id = request
        .delivery_id(chosen, scheme)
        .map_err(|_| Outcome::InvalidDeliveryId)?;
    // Checked only to refuse the request: the worker reads the event from the stored request.
    webhook::check_body(trigger.profile, request).map_err(Outcome::UnreadableBody)?;
    let parameters = domain::read_parameters(request, &trigger.parameters);
    request.parameters = parameters.map_err(|invalid| match invalid {
        InvalidEvent::Body(unreadable) => Outcome::UnreadableBody(unreadable),
        InvalidEvent::Parameters(missing) => Outcome::MissingParameters(missing),
    })?;
    if is_ignored(trigger, request) {
        app.aws.metrics.count(Count::Ignored, 1);
        return Err(Outcome::Ignored);
    }
    Ok(delivery_id)
}

/// Whether the event does not satisfy the trigger's condition. An event that the condition does not apply to is accepted:
/// what is ignored is gone, and what runs needlessly is not.
fn is_ignored(trigger: &Trigger, request: &WebhookRequest) -> bool {
    let Some(condition) = &trigger.condition else {
        return false;
    };
    let Ok(event) = domain::event(request) else {
        return false;
    };
    condition.holds(&event).map_or_else(
        |error| {
            tracing::warn!(%error, "the event is accepted without its condition");
            false
        },
        |holds| !holds,
    )
}
