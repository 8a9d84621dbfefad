//! The management API: orgs, API keys, secrets, workflows, triggers, subscriptions, event types, events; and the APIs of
//! other products over the same subscriptions. It says which steps a request takes; it knows neither the tables nor the
//! status codes.

mod api_keys;
mod authentication;
mod captures;
mod copyai;
mod definition;
mod document;
mod evaluation;
mod event_types;
mod events;
mod expressions;
mod health;
mod off_thread;
mod org;
mod receivers;
mod references;
mod refly;
mod refold;
mod routes;
mod sample_changes;
mod samples;
mod schemas;
mod secrets;
mod sessions;
mod subscription_changes;
mod subscription_fields;
mod subscriptions;
mod test_event;
mod tokens;
mod trigger_changes;
mod triggers;
mod versions;
mod webhook_document;
mod webhook_lookup;
mod workflow_changes;
mod workflows;

use std::sync::Arc;

use api::{Inbound, Problem, profiles};
use domain::ApiKey;
use egress::Resolver;
use engine::Sandbox;
use http_function::{HttpFunction, Route};
use lambda_http::{Body, Request, Response};
use store::{AwsContext, KmsCipher};

use crate::receivers::Receivers;
use crate::schemas::Schemas;

/// What the function keeps between requests.
pub struct App {
    aws: AwsContext,
    cipher: KmsCipher,
    receivers: Receivers,
    schemas: Schemas,
    sandbox: Arc<Sandbox>,
}

/// One request on its way through a handler of this function.
type RequestContext<'a> = http_function::RequestContext<'a, App>;

impl App {
    /// The function over these clients of AWS. Host names are resolved by the system.
    pub fn new(aws: AwsContext) -> Self {
        Self::with_resolver(aws, Resolver::system())
    }

    /// The same with another resolver for the host names of receivers.
    pub fn with_resolver(aws: AwsContext, resolver: Resolver) -> Self {
        Self {
            cipher: aws.kms_cipher(),
            receivers: Receivers::new(&aws.settings, resolver),
            schemas: Schemas::default(),
            sandbox: Arc::new(Sandbox::new()),
            aws,
        }
    }
}

/// Answers a request; see [`http_function::handle`].
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    http_function::handle(app, request).await
}

impl HttpFunction for App {
    const NAME: &'static str = "register";

    fn routes() -> &'static [Route<Self>] {
        &routes::ROUTES
    }

    fn aws(&self) -> &AwsContext {
        &self.aws
    }

    fn api_key(inbound: &Inbound) -> Result<ApiKey, Problem> {
        profiles::presented(inbound)
    }

    fn refuse(inbound: &Inbound, problem: Problem) -> Response<Body> {
        profiles::refuse(inbound, problem)
    }
}
