//! Which screen a request is for. Without a session there is none but the sign-in.

use api::Inbound;
use domain::Timestamp;
use lambda_http::{Body, Response};

use crate::api_calls::{Api, Origin, with_query};
use crate::read_units::ReadUnits;
use crate::refusal::Refusal;
use crate::screens::{
    definition, deliveries, event_types, execution, execution_actions, executions, expressions,
    find, home, reference, refused, replays, settings, sign_in, subscription, subscriptions,
    trigger, versions, workflow, workflows,
};
use crate::session::Session;
use crate::visit::{Shown, Visit};
use crate::{App, assets, response};

/// Answers a request.
pub(crate) async fn answer(
    app: &App,
    inbound: &Inbound,
    origin: &Origin,
    now: Timestamp,
) -> Response<Body> {
    let segments: Vec<&str> = inbound
        .segments
        .iter()
        .skip(1)
        .map(String::as_str)
        .collect();
    let is_read = matches!(inbound.method.as_str(), "GET" | "HEAD");
    match segments.as_slice() {
        ["assets", ..] if is_read => {
            let path = format!("/{}", inbound.segments.join("/"));
            if let Some(found) = assets::find(&path) {
                return found;
            }
        }
        ["sign-in"] if is_read => return sign_in::form(inbound),
        ["sign-in"] => return sign_in::sign_in(app, origin, inbound).await,
        _ => {}
    }
    let Some(session) = Session::of(inbound) else {
        return to_sign_in(inbound, is_read);
    };
    let units = ReadUnits::default();
    let api = Api::new(app, origin, &session.key, &units);
    let visit = Visit::new(app, api, inbound, &session, now);
    let shown = if is_read {
        read(&visit, &segments).await
    } else if visit.is_from_our_page() {
        change(&visit, &segments).await
    } else {
        Err(Refusal::forged())
    };
    match shown {
        Ok(response) => response,
        Err(refusal) if refusal.is_unauthorized() => sign_in::ended(inbound),
        Err(refusal) => refused::page(&visit, &refusal),
    }
}

/// A page that was asked for is shown after the sign-in.
fn to_sign_in(inbound: &Inbound, is_read: bool) -> Response<Body> {
    let path = format!("/{}", inbound.segments.join("/"));
    let query: Vec<(&str, &str)> = inbound
        .query
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let asked = with_query(&path, &query);
    let next = if is_read && path != "/console" {
        asked.as_str()
    } else {
        ""
    };
    response::see_other(&with_query("/console/sign-in", &[("next", next)]))
}

/// The page of an address.
async fn read(visit: &Visit<'_>, segments: &[&str]) -> Shown {
    match segments {
        [] => Box::pin(home::show(visit)).await,
        ["go"] => find::go(visit),
        ["executions"] => Box::pin(executions::list(visit)).await,
        ["executions", id] => Box::pin(execution::show(visit, id)).await,
        ["executions", id, "steps"] => Box::pin(execution::steps(visit, id)).await,
        ["executions", id, "body"] => Box::pin(execution::download(visit, id)).await,
        ["executions", id, "older"] => Box::pin(execution::older(visit, id)).await,
        ["executions", id, "edit"] => Box::pin(execution_actions::edit(visit, id)).await,
        ["workflows", ..] => Box::pin(read_workflows(visit, segments)).await,
        ["subscriptions"] => Box::pin(subscriptions::list(visit)).await,
        ["subscriptions", "new"] => Box::pin(subscriptions::new(visit)).await,
        ["subscriptions", id] => Box::pin(subscription::show(visit, id)).await,
        ["subscriptions", id, "recover"] => Box::pin(subscription::count_recovery(visit, id)).await,
        ["subscriptions", id, "delete"] => Box::pin(subscription::confirm_delete(visit, id)).await,
        ["deliveries"] => Box::pin(deliveries::list(visit)).await,
        ["event-types"] => Box::pin(event_types::list(visit)).await,
        ["event-types", name] => Box::pin(event_types::show(visit, name)).await,
        ["settings"] => Box::pin(settings::show(visit)).await,
        ["expressions"] => Box::pin(expressions::form(visit)).await,
        ["replays"] => Box::pin(replays::count(visit)).await,
        ["docs"] => Box::pin(reference::list(visit)).await,
        ["docs", "schemas", name] => Box::pin(reference::schema(visit, name)).await,
        ["docs", id] => Box::pin(reference::operation(visit, id)).await,
        ["deliveries", id] => Box::pin(deliveries::show(visit, id)).await,
        _ => Err(Refusal::not_found()),
    }
}

/// The page of an address below the workflows.
async fn read_workflows(visit: &Visit<'_>, segments: &[&str]) -> Shown {
    match segments {
        [_] => workflows::list(visit).await,
        [_, "new"] => workflows::new(visit),
        [_, id] => Box::pin(workflow::show(visit, id)).await,
        [_, id, "edit"] => definition::edit(visit, id).await,
        [_, id, "delete"] => workflow::confirm_delete(visit, id).await,
        [_, id, "versions", number] => versions::show(visit, id, number).await,
        [_, id, "triggers", trigger] => Box::pin(trigger::show(visit, (id, trigger))).await,
        [_, id, "triggers", trigger, "delete"] => {
            trigger::confirm_delete(visit, (id, trigger)).await
        }
        _ => Err(Refusal::not_found()),
    }
}

/// What a form asks for.
async fn change(visit: &Visit<'_>, segments: &[&str]) -> Shown {
    match segments {
        ["sign-out"] => Box::pin(sign_in::sign_out(visit)).await,
        ["executions", id, "cancel"] => Box::pin(execution_actions::cancel(visit, id)).await,
        ["executions", id, "replay"] => Box::pin(execution_actions::replay(visit, id)).await,
        ["workflows", ..] => Box::pin(change_workflows(visit, segments)).await,
        ["subscriptions", "new"] => Box::pin(subscriptions::create(visit)).await,
        ["subscriptions", id, action] => Box::pin(subscription::change(visit, id, action)).await,
        ["event-types"] => Box::pin(event_types::declare(visit)).await,
        ["event-types", name, "publish"] => Box::pin(event_types::publish(visit, name)).await,
        ["event-types", name, "delete"] => Box::pin(event_types::delete(visit, name)).await,
        ["settings", action @ ..] => Box::pin(settings::change(visit, action)).await,
        ["expressions"] => Box::pin(expressions::evaluate(visit)).await,
        ["replays"] => Box::pin(replays::replay(visit)).await,
        ["deliveries", id, "retry"] => Box::pin(deliveries::retry(visit, id)).await,
        _ => Err(Refusal::not_found()),
    }
}

/// What a form of a workflow or a trigger asks for.
async fn change_workflows(visit: &Visit<'_>, segments: &[&str]) -> Shown {
    match segments {
        [_, "new"] => workflows::create(visit).await,
        [_, id, "activate"] => workflow::switch(visit, id, "activate").await,
        [_, id, "deactivate"] => workflow::switch(visit, id, "deactivate").await,
        [_, id, "edit"] => definition::save(visit, id).await,
        [_, id, "settings"] => Box::pin(workflow::save_settings(visit, id)).await,
        [_, id, "delete"] => workflow::delete(visit, id).await,
        [_, id, "versions", number, "restore"] => versions::restore(visit, id, number).await,
        [_, id, "triggers"] => trigger::create(visit, id).await,
        [_, id, "triggers", trigger, action @ ..] => {
            Box::pin(trigger::change(visit, (id, trigger), action)).await
        }
        _ => Err(Refusal::not_found()),
    }
}
