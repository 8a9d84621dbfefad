//! Every route of the function, as the template has it, with its handler. The methods of one path are listed in the
//! order of the `Allow` header.

use http_function::Route;

use crate::{
    App, cancel, deliveries, delivery_request, execution_list, executions, recovery, refly, replay,
    replays, trigger_test,
};

pub(crate) static ROUTES: [Route<App>; 15] = [
    Route::get("/v1/executions", |context| {
        Box::pin(execution_list::list_executions(context))
    }),
    Route::get("/v1/executions/{executionId}", |context| {
        Box::pin(executions::show(context))
    }),
    Route::delete("/v1/executions/{executionId}", |context| {
        Box::pin(executions::delete(context))
    }),
    Route::get("/v1/executions/{executionId}/steps", |context| {
        Box::pin(executions::show_steps(context))
    }),
    Route::get("/v1/executions/{executionId}/request", |context| {
        Box::pin(executions::show_request(context))
    }),
    Route::post("/v1/executions/{executionId}/replay", |context| {
        Box::pin(replay::replay(context))
    }),
    Route::post("/v1/executions/{executionId}/cancel", |context| {
        Box::pin(cancel::cancel(context))
    }),
    Route::post("/v1/replays", |context| {
        Box::pin(replays::replay_all(context))
    }),
    Route::post(
        "/v1/workflows/{workflowId}/triggers/{triggerId}/test",
        |context| Box::pin(trigger_test::run_test(context)),
    ),
    Route::post("/v1/subscriptions/{subscriptionId}/recover", |context| {
        Box::pin(recovery::recover(context))
    }),
    Route::get("/v1/webhook/history", |context| {
        Box::pin(refly::history(context))
    }),
    Route::get("/v1/deliveries", |context| {
        Box::pin(deliveries::list(context))
    }),
    Route::get("/v1/deliveries/{deliveryId}", |context| {
        Box::pin(deliveries::show(context))
    }),
    Route::get("/v1/deliveries/{deliveryId}/request", |context| {
        Box::pin(delivery_request::show(context))
    }),
    Route::post("/v1/deliveries/{deliveryId}/retry", |context| {
        Box::pin(deliveries::retry(context))
    }),
];
