//! Sluice's own functions, deployed in this process: the same handlers that the Lambda binaries run, behind the same
//! adapter. Does not know routes or queues.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use api::gateway::corrected;
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Body, Context, LambdaEvent, Request, Response, Service, service_fn};
use serde_json::Value;
use store::AwsContext;

use crate::functions::{Failure, Function, Invocation};

/// The function of that package, if there is one.
pub(crate) fn function(package: &str, environment: AwsContext) -> Option<Function> {
    Some(match package {
        "trigger" => {
            let app = Arc::new(trigger::App::new(environment));
            over_http(move |request| {
                let app = app.clone();
                async move { trigger::handle(&app, request).await }
            })
        }
        "register" => {
            let app = Arc::new(register::App::new(environment));
            over_http(move |request| {
                let app = app.clone();
                async move { register::handle(&app, request).await }
            })
        }
        "history" => {
            let app = Arc::new(history::App::new(environment));
            over_http(move |request| {
                let app = app.clone();
                async move { history::handle(&app, request).await }
            })
        }
        "console" => {
            let app = Arc::new(console::App::new(environment));
            over_http(move |request| {
                let app = app.clone();
                async move { console::handle(&app, request).await }
            })
        }
        "files" => {
            let app = Arc::new(files::App::new(environment));
            over_http(move |request| {
                let app = app.clone();
                async move { files::handle(&app, request).await }
            })
        }
        "worker" => worker(environment),
        "deliver" => {
            let app = Arc::new(deliver::App::new(environment));
            Arc::new(move |event, invocation| {
                let app = app.clone();
                Box::pin(async move { Ok(deliver::handle(&app, event, invocation.deadline).await) })
            })
        }
        "sweep" => {
            let app = Arc::new(sweep::App::new(environment));
            Arc::new(move |_, invocation| {
                let app = app.clone();
                Box::pin(async move {
                    let swept = sweep::handle(&app, invocation.deadline).await;
                    swept.map_err(|error| Failure::Reported(error.to_string()))
                })
            })
        }
        _ => return None,
    })
}

/// JSON in and JSON out, through the adapter that turns events into requests on Lambda.
fn over_http<H, F>(handle: H) -> Function
where
    H: Fn(Request) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response<Body>> + Send + 'static,
{
    Arc::new(move |event, invocation| {
        let handle = handle.clone();
        Box::pin(async move {
            let request: LambdaRequest =
                serde_json::from_str(&event.to_string()).map_err(unreadable)?;
            let service = service_fn(move |request| {
                let answered = handle(request);
                async { Ok::<_, Infallible>(answered.await) }
            });
            let event = LambdaEvent::new(request, context(&invocation));
            match Adapter::from(service).call(corrected(event)).await {
                Ok(response) => serde_json::to_value(response).map_err(unreadable),
                Err(never) => match never {},
            }
        })
    })
}

/// Each invocation has a container to itself, as on Lambda: the one that was idle last, or a new one. One that is cut off, or
/// that has to exit, is not used again.
fn worker(environment: AwsContext) -> Function {
    let idle: Arc<Mutex<Vec<worker::App>>> = Arc::default();
    Arc::new(move |event, invocation| {
        let idle = idle.clone();
        let environment = environment.clone();
        Box::pin(async move {
            let container = lock(&idle).pop();
            let container = container.unwrap_or_else(|| worker::App::new(environment));
            let answer: Value = worker::handle(&container, event, invocation.deadline).await;
            if !container.must_exit() {
                lock(&idle).push(container);
            }
            Ok(answer)
        })
    })
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn context(invocation: &Invocation) -> Context {
    let mut context = Context::default();
    context.request_id.clone_from(&invocation.request_id);
    context.deadline = u64::try_from(invocation.deadline.as_millis()).unwrap_or_default();
    context
}

/// Without the parser's own words, which may quote what came in.
fn unreadable(error: serde_json::Error) -> Failure {
    let kind = error.classify();
    Failure::Reported(format!(
        "the event or its answer is not what Lambda exchanges ({kind:?} error)"
    ))
}
