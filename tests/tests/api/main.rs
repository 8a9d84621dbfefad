//! What a client of the HTTP API sees: each route, its answers and its refusals, through the gateway.

mod caller;
mod deleted;
mod deliveries;
mod history;
mod limits;
mod loops;
mod misfit;
mod paging;
mod permissions;
mod plain_http;
mod profiles;
mod publishing;
mod recovery;
mod register;
mod restarts;
mod sample_events;
mod secrets;
mod signatures;
mod subscriptions;
mod webhooks;
