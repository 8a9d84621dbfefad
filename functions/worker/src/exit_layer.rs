//! A layer of the Lambda runtime that ends the process between two invocations. It does not know why.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use lambda_runtime::tower::Layer;
use lambda_runtime::{Error, LambdaInvocation, Service};

/// Ends the process after the response to an invocation was posted and before the next event is fetched, if `must_exit`
/// then says so. Ending it at any other time would fail a batch that this process has already received.
#[derive(Clone, Copy)]
pub struct ExitLayer<'a> {
    must_exit: &'a dyn Fn() -> bool,
}

impl<'a> ExitLayer<'a> {
    /// A layer that asks `must_exit` after each invocation. It must be the last layer that is added to the runtime, so that
    /// it surrounds all others.
    pub fn new(must_exit: &'a dyn Fn() -> bool) -> Self {
        Self { must_exit }
    }
}

impl<'a, S> Layer<S> for ExitLayer<'a> {
    type Service = ExitService<'a, S>;

    fn layer(&self, inner: S) -> Self::Service {
        ExitService {
            inner,
            must_exit: self.must_exit,
        }
    }
}

/// The service that [`ExitLayer`] makes.
#[derive(Clone, Copy)]
pub struct ExitService<'a, S> {
    inner: S,
    must_exit: &'a dyn Fn() -> bool,
}

impl<'a, S> Service<LambdaInvocation> for ExitService<'a, S>
where
    S: Service<LambdaInvocation, Response = (), Error = Error>,
    S::Future: 'a,
{
    type Response = ();
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<(), Error>> + 'a>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, invocation: LambdaInvocation) -> Self::Future {
        // The inner service posts the response.
        let answered = self.inner.call(invocation);
        let must_exit = self.must_exit;
        Box::pin(async move {
            let result = answered.await;
            if must_exit() {
                std::process::exit(1);
            }
            result
        })
    }
}
