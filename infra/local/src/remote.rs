//! Functions that run elsewhere, behind Lambda's Invoke API: the real binaries under `cargo lambda watch`. Does not
//! know what they do.

use std::sync::Arc;
use std::time::Duration;

use domain::Clock;
use serde_json::Value;

use crate::functions::{Failure, Function, Functions};
use crate::template::Template;

/// The first invocation waits for a build.
const BUILD_SECONDS: u32 = 600;

/// Every function of the template, by its package, as `cargo lambda` names them.
pub(crate) fn deploy(template: &Template, endpoint: &str, clock: &Clock) -> Functions {
    let mut functions = Functions::new(clock.clone());
    for function in &template.functions {
        let invoke = invoking(endpoint, &function.package);
        functions.deploy(
            &function.name,
            invoke,
            function.timeout_seconds.max(BUILD_SECONDS),
        );
    }
    functions
}

fn invoking(endpoint: &str, package: &str) -> Function {
    let url = format!(
        "{}/2015-03-31/functions/{package}/invocations",
        endpoint.trim_end_matches('/')
    );
    let timeout = Duration::from_secs(BUILD_SECONDS.into());
    // A proxy of the environment is for the internet, not for this machine.
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(timeout)
        .build();
    Arc::new(move |event, _| {
        let url = url.clone();
        let client = client
            .as_ref()
            .map(Clone::clone)
            .map_err(|error| Failure::Reported(error.to_string()));
        Box::pin(async move {
            invoke(&client?, &url, &event)
                .await
                .map_err(|error| Failure::Reported(error.to_string()))?
        })
    })
}

/// A function error is told by a header, as Lambda tells it.
async fn invoke(
    client: &reqwest::Client,
    url: &str,
    event: &Value,
) -> reqwest::Result<Result<Value, Failure>> {
    let response = client.post(url).body(event.to_string()).send().await?;
    let is_failed =
        response.headers().contains_key("x-amz-function-error") || !response.status().is_success();
    let status = response.status();
    let body = response.bytes().await?;
    if is_failed {
        return Ok(Err(Failure::Reported(format!(
            "the function's process answered with an error ({status})"
        ))));
    }
    Ok(serde_json::from_slice(&body)
        .map_err(|_| Failure::Reported("its answer is not JSON".to_owned())))
}
