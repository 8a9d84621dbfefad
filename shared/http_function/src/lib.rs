//! What every function behind the HTTP API does with a request: find the route, authenticate the caller, call the
//! handler, answer, and log the answer. It joins `api`, which knows no tables, and `store`, which knows no HTTP. It
//! knows no route and no resource.

#![warn(missing_docs)]

mod failure;
mod function;
mod request_context;
mod routes;

pub use failure::Failure;
pub use function::{HttpFunction, handle, run};
pub use request_context::RequestContext;
pub use routes::{Handled, Handler, Route};
