//! Every route of the function, as the template has it, with its handler and the scope that an API key needs. The
//! methods of one path are listed in the order of the `Allow` header.

use domain::Scope;
use http_function::Route;

use crate::{
    App, api_keys, captures, copyai, document, evaluation, event_types, events, health, org, refly,
    refold, samples, secrets, sessions, subscriptions, test_event, tokens, trigger_changes,
    triggers, versions, webhook_document, workflow_changes, workflows,
};

pub(crate) static ROUTES: [Route<App>; 72] = [
    Route::public("GET", "/healthz", health::show),
    Route::public("HEAD", "/healthz", health::show),
    Route::public("GET", "/openapi.json", document::show),
    Route::get("/v1/openapi.json", |context| {
        Box::pin(webhook_document::show(context))
    }),
    Route::get("/v1/org", |context| Box::pin(org::show(context))),
    Route::get("/v1/org/usage", |context| Box::pin(org::usage(context))),
    Route::get("/v1/api-keys", |context| Box::pin(api_keys::list(context))),
    Route::post("/v1/api-keys", |context| {
        Box::pin(api_keys::create(context))
    }),
    Route::get("/v1/api-keys/{keyId}", |context| {
        Box::pin(api_keys::show(context))
    }),
    Route::delete("/v1/api-keys/{keyId}", |context| {
        Box::pin(api_keys::revoke(context))
    }),
    // Of any scope: a session may do what the key that made it may.
    Route::any_key("POST", "/v1/sessions", |context| {
        Box::pin(sessions::create(context))
    }),
    Route::any_key("DELETE", "/v1/sessions/current", |context| {
        Box::pin(sessions::end(context))
    }),
    // The names of secrets tell which systems an org is connected to.
    Route::new("GET", "/v1/secrets", Scope::Admin, |context| {
        Box::pin(secrets::list(context))
    }),
    Route::put("/v1/secrets/{name}", |context| {
        Box::pin(secrets::put(context))
    }),
    Route::delete("/v1/secrets/{name}", |context| {
        Box::pin(secrets::delete(context))
    }),
    Route::get("/v1/workflows", |context| {
        Box::pin(workflows::list(context))
    }),
    Route::post("/v1/workflows", |context| {
        Box::pin(workflows::create(context))
    }),
    Route::get("/v1/workflows/{workflowId}", |context| {
        Box::pin(workflows::show(context))
    }),
    Route::patch("/v1/workflows/{workflowId}", |context| {
        Box::pin(workflow_changes::patch(context))
    }),
    Route::delete("/v1/workflows/{workflowId}", |context| {
        Box::pin(workflow_changes::delete(context))
    }),
    Route::post("/v1/workflows/{workflowId}/activate", |context| {
        Box::pin(workflow_changes::activate(context))
    }),
    Route::post("/v1/workflows/{workflowId}/deactivate", |context| {
        Box::pin(workflow_changes::deactivate(context))
    }),
    // They change nothing, so the key of somebody who looks will do.
    Route::new("POST", "/v1/workflows/validate", Scope::Read, |context| {
        Box::pin(versions::validate(context))
    }),
    Route::new("POST", "/v1/expressions/evaluate", Scope::Read, |context| {
        Box::pin(evaluation::evaluate(context))
    }),
    Route::get("/v1/workflows/{workflowId}/versions", |context| {
        Box::pin(versions::list(context))
    }),
    Route::get("/v1/workflows/{workflowId}/versions/{version}", |context| {
        Box::pin(versions::show(context))
    }),
    Route::get("/v1/workflows/{workflowId}/graph", |context| {
        Box::pin(versions::graph(context))
    }),
    Route::get("/v1/workflows/{workflowId}/triggers", |context| {
        Box::pin(triggers::list(context))
    }),
    Route::post("/v1/workflows/{workflowId}/triggers", |context| {
        Box::pin(triggers::create(context))
    }),
    Route::get(
        "/v1/workflows/{workflowId}/triggers/{triggerId}",
        |context| Box::pin(tokens::show(context)),
    ),
    Route::patch(
        "/v1/workflows/{workflowId}/triggers/{triggerId}",
        |context| Box::pin(trigger_changes::patch(context)),
    ),
    Route::delete(
        "/v1/workflows/{workflowId}/triggers/{triggerId}",
        |context| Box::pin(triggers::delete(context)),
    ),
    Route::post(
        "/v1/workflows/{workflowId}/triggers/{triggerId}/enable",
        |context| Box::pin(trigger_changes::enable(context)),
    ),
    Route::post(
        "/v1/workflows/{workflowId}/triggers/{triggerId}/disable",
        |context| Box::pin(trigger_changes::disable(context)),
    ),
    Route::post(
        "/v1/workflows/{workflowId}/triggers/{triggerId}/rotate",
        |context| Box::pin(trigger_changes::rotate_token(context)),
    ),
    Route::post(
        "/v1/workflows/{workflowId}/triggers/{triggerId}/rotate-secret",
        |context| Box::pin(trigger_changes::rotate_secret(context)),
    ),
    Route::get(
        "/v1/workflows/{workflowId}/triggers/{triggerId}/sample",
        |context| Box::pin(samples::show(context)),
    ),
    Route::post(
        "/v1/workflows/{workflowId}/triggers/{triggerId}/sample",
        |context| Box::pin(samples::create(context)),
    ),
    Route::delete(
        "/v1/workflows/{workflowId}/triggers/{triggerId}/sample",
        |context| Box::pin(samples::delete(context)),
    ),
    Route::get(
        "/v1/workflows/{workflowId}/triggers/{triggerId}/capture",
        |context| Box::pin(captures::show(context)),
    ),
    Route::post(
        "/v1/workflows/{workflowId}/triggers/{triggerId}/capture",
        |context| Box::pin(captures::open(context)),
    ),
    Route::delete(
        "/v1/workflows/{workflowId}/triggers/{triggerId}/capture",
        |context| Box::pin(captures::close(context)),
    ),
    Route::post(
        "/v1/workflows/{workflowId}/triggers/{triggerId}/capture/confirm",
        |context| Box::pin(captures::confirm(context)),
    ),
    Route::get("/v1/subscriptions", |context| {
        Box::pin(subscriptions::list(context))
    }),
    Route::post("/v1/subscriptions", |context| {
        Box::pin(subscriptions::create(context))
    }),
    Route::get("/v1/subscriptions/{subscriptionId}", |context| {
        Box::pin(subscriptions::show(context))
    }),
    Route::patch("/v1/subscriptions/{subscriptionId}", |context| {
        Box::pin(subscriptions::patch(context))
    }),
    Route::delete("/v1/subscriptions/{subscriptionId}", |context| {
        Box::pin(subscriptions::delete(context))
    }),
    Route::post("/v1/subscriptions/{subscriptionId}/enable", |context| {
        Box::pin(subscriptions::enable(context))
    }),
    Route::post("/v1/subscriptions/{subscriptionId}/disable", |context| {
        Box::pin(subscriptions::disable(context))
    }),
    Route::post("/v1/subscriptions/{subscriptionId}/test", |context| {
        Box::pin(test_event::send_test_event(context))
    }),
    Route::post(
        "/v1/subscriptions/{subscriptionId}/rotate-secret",
        |context| Box::pin(subscriptions::rotate_secret(context)),
    ),
    Route::get("/v1/event-types", |context| {
        Box::pin(event_types::list(context))
    }),
    Route::get("/v1/event-types/{eventType}", |context| {
        Box::pin(event_types::show(context))
    }),
    Route::put("/v1/event-types/{eventType}", |context| {
        Box::pin(event_types::declare(context))
    }),
    Route::delete("/v1/event-types/{eventType}", |context| {
        Box::pin(event_types::delete(context))
    }),
    // A scope of its own, for the keys of an org's services.
    Route::new("POST", "/v1/events", Scope::Publish, |context| {
        Box::pin(events::publish(context))
    }),
    Route::get("/v1/events/{eventId}", |context| {
        Box::pin(events::show(context))
    }),
    Route::get("/api/v2/public/webhook", |context| {
        Box::pin(refold::list(context))
    }),
    Route::post("/api/v2/public/webhook", |context| {
        Box::pin(refold::create(context))
    }),
    Route::get("/api/v2/public/webhook/{subscriptionId}", |context| {
        Box::pin(refold::show(context))
    }),
    Route::put("/api/v2/public/webhook/{subscriptionId}", |context| {
        Box::pin(refold::change(context))
    }),
    Route::delete("/api/v2/public/webhook/{subscriptionId}", |context| {
        Box::pin(refold::delete(context))
    }),
    Route::post("/v1/webhook/enable", |context| {
        Box::pin(refly::enable(context))
    }),
    Route::post("/v1/webhook/disable", |context| {
        Box::pin(refly::disable(context))
    }),
    Route::post("/v1/webhook/reset", |context| {
        Box::pin(refly::reset(context))
    }),
    Route::post("/v1/webhook/update", |context| {
        Box::pin(refly::update(context))
    }),
    // Its answer has the webhook's id, which is a credential.
    Route::new("GET", "/v1/webhook/config", Scope::Admin, |context| {
        Box::pin(refly::config(context))
    }),
    Route::get("/api/webhook", |context| Box::pin(copyai::list(context))),
    Route::post("/api/webhook", |context| Box::pin(copyai::create(context))),
    Route::get("/api/webhook/{subscriptionId}", |context| {
        Box::pin(copyai::show(context))
    }),
    Route::delete("/api/webhook/{subscriptionId}", |context| {
        Box::pin(copyai::delete(context))
    }),
];
