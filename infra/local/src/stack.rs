//! The whole stack in one process: DynamoDB, SQS, KMS, S3, the HTTP API, the functions behind them and what invokes them.
//! Does not know what the functions do.

mod addresses;
mod start;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::ConnectInfo;
use domain::Clock;
use http::{Request, Response};
use lambda_http::Service as _;
use serde_json::Value;
use store::{AwsContext, Transport};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::backends::Backends;
use crate::clock::ManualClock;
use crate::data::{Data, Held};
use crate::functions::{Failure, Functions};
use crate::poller::Poller;
use crate::server::{Stop, serve};
use crate::sign_in::SignIn;
use crate::sqs::{Fault, Sqs};
use crate::start_error::StartError;
use crate::template::Template;

/// The templates that are deployed, in this order.
pub const TEMPLATES: [&str; 2] = [
    include_str!("../../data.yaml"),
    include_str!("../../template.yaml"),
];

/// What runs while the stack stops has this long to end.
const LAST_WORK: Duration = Duration::from_secs(10);

/// How a stack is to be.
#[derive(Clone)]
pub struct Options {
    /// The texts of the templates, in the order in which they are deployed.
    pub templates: Vec<String>,
    /// Where its data is kept.
    pub data: Data,
    /// What every part of it takes for the time.
    pub clock: Clock,
    /// Where the HTTP API listens.
    pub listen: SocketAddr,
    /// What invokes functions on its own.
    pub mode: Mode,
    /// How functions reach DynamoDB, KMS, S3 and SQS.
    pub connections: Connections,
    /// Whether functions print what they measure.
    pub metrics: bool,
}

/// What invokes functions on its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Queues and schedules, in this process, in the background.
    Whole,
    /// Nothing: [`Stack::run_until_idle`] does when it is called.
    OnDemand,
    /// Queues and schedules invoke what listens at this address, as `cargo lambda watch` does; the HTTP API is left
    /// to it as well.
    BackendsOnly {
        /// Such as `http://127.0.0.1:9000`.
        invoke_endpoint: String,
    },
}

/// How functions reach DynamoDB, KMS, S3 and SQS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connections {
    /// Without sockets: the SDK's requests are answered in this process.
    InProcess,
    /// Over loopback, each service at a port of its own; so it always is with [`Mode::BackendsOnly`].
    Sockets,
}

/// A running stack. Dropping it stops it without waiting.
pub struct Stack {
    base_url: String,
    template: Template,
    /// What each function finds in its environment, by its package.
    variables: BTreeMap<String, BTreeMap<String, String>>,
    clock: Clock,
    backends: Backends,
    transport: Transport,
    functions: Arc<Functions>,
    api: Router,
    sign_in: SignIn,
    pollers: Vec<Arc<Poller>>,
    background: JoinSet<()>,
    stop: Stop,
    held: Held,
}

impl Stack {
    /// A stack for one test: the deployed template, all in memory, at a port of its own, invoking nothing by itself.
    ///
    /// # Errors
    /// As [`Stack::start`].
    pub async fn for_tests(
        clock: &ManualClock,
        connections: Connections,
    ) -> Result<Self, StartError> {
        Self::start(Options {
            templates: TEMPLATES.map(str::to_owned).to_vec(),
            data: Data::Memory,
            clock: clock.clock(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            mode: Mode::OnDemand,
            connections,
            metrics: false,
        })
        .await
    }

    /// Where the HTTP API is, such as `http://127.0.0.1:8787`.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// What the template asked for.
    #[must_use]
    pub fn template(&self) -> &Template {
        &self.template
    }

    /// The queues themselves.
    #[must_use]
    pub fn sqs(&self) -> &Sqs {
        &self.backends.sqs
    }

    /// DynamoDB, KMS, S3 and SQS, to be asked without a function.
    #[must_use]
    pub fn backends(&self) -> &Backends {
        &self.backends
    }

    /// How the functions reach them.
    #[must_use]
    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    /// The environment variables of a function, by its package; none where there is no such function.
    #[must_use]
    pub fn variables(&self, package: &str) -> BTreeMap<String, String> {
        self.variables.get(package).cloned().unwrap_or_default()
    }

    /// What all functions together find in their environments. A setting that two have differently cannot be in one
    /// environment for both; the template has none.
    pub(crate) fn whole_environment(&self) -> BTreeMap<String, String> {
        self.variables
            .values()
            .flatten()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    /// Tables and queue as a function sees them, by its package.
    ///
    /// # Errors
    /// When there is no such function, or the template does not give it what it needs.
    pub fn environment(&self, package: &str) -> Result<AwsContext, store::InvalidVariable> {
        let variables = self.variables(package);
        AwsContext::for_local_services(
            |name| variables.get(name).cloned(),
            self.clock.clone(),
            &self.transport,
        )
    }

    /// Invokes a function, by its package or its name.
    ///
    /// # Errors
    /// As Lambda's function errors.
    pub async fn invoke(&self, function: &str, event: Value) -> Result<Value, Failure> {
        let named = self
            .template
            .functions
            .iter()
            .find(|known| known.package == function);
        self.functions
            .invoke(named.map_or(function, |known| &known.name), event)
            .await
    }

    /// Sends a request through the HTTP API without a connection, from 127.0.0.1.
    pub async fn send(&self, mut request: Request<Bytes>) -> Response<Bytes> {
        request
            .extensions_mut()
            .insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 0))));
        let answered: Result<_, Infallible> = self.api.clone().call(request.map(Body::from)).await;
        let Ok(response) = answered;
        let (head, body) = response.into_parts();
        // A function's answer is in memory whole, so reading it cannot fail.
        let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
        Response::from_parts(head, body)
    }

    /// A link into the console that signs in with a key, once, within some minutes; the link before it ends.
    #[must_use]
    pub fn console_link(&self, key: &str) -> String {
        format!("{}{}", self.base_url, self.sign_in.path_for(key))
    }

    /// Polls the queues, one batch after another, until no message is visible. The clock is not moved, so what is
    /// delayed or hidden stays so. Returns how many batches there were.
    ///
    /// # Errors
    /// When a queue's store fails.
    pub async fn run_until_idle(&self) -> Result<usize, Fault> {
        let mut batches = 0;
        loop {
            let before = batches;
            for poller in &self.pollers {
                while poller.poll_once().await? {
                    batches += 1;
                }
            }
            if batches == before {
                return Ok(batches);
            }
        }
    }

    /// The same for the queues of one function alone, by its package.
    ///
    /// # Errors
    /// When a queue's store fails.
    pub async fn run_queue(&self, function: &str) -> Result<usize, Fault> {
        let mut batches = 0;
        let mappings = self.template.mappings.iter().zip(&self.pollers);
        for (mapping, poller) in mappings {
            let of = self.template.functions.iter();
            let mut of = of.filter(|known| known.name == mapping.function);
            if of.any(|known| known.package == function) {
                while poller.poll_once().await? {
                    batches += 1;
                }
            }
        }
        Ok(batches)
    }

    /// Stops listening and polling, and waits for what runs to end, but not for long.
    pub async fn shutdown(mut self) {
        self.stop.now();
        let ended = timeout(LAST_WORK, async {
            while self.background.join_next().await.is_some() {}
        });
        if ended.await.is_err() {
            tracing::warn!("some work was cut off; its messages come again at the next start");
        }
    }

    /// Serves one more thing for as long as the stack runs.
    pub(crate) fn host(&mut self, listener: TcpListener, router: Router) {
        self.background
            .spawn(serve(listener, router, self.stop.clone()));
    }

    pub(crate) fn held(&self) -> &Held {
        &self.held
    }
}

#[cfg(test)]
mod tests;
