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
        Box::pin(async move { invoke(&client?, &url, &event).await })
    })
}

/// A header marks a function error, as on Lambda.
async fn invoke(client: &reqwest::Client, url: &str, event: &Value) -> Result<Value, Failure> {
    let unreachable = |error: reqwest::Error| Failure::Reported(error.to_string());
    let request = client.post(url).body(event.to_string());
    let response = request.send().await.map_err(unreachable)?;
    let is_failed =
        response.headers().contains_key("x-amz-function-error") || !response.status().is_success();
    let status = response.status();
    let body = response.bytes().await.map_err(unreachable)?;
    if is_failed {
        return Err(Failure::Reported(format!(
            "the function's process answered with an error ({status})"
        )));
    }
    serde_json::from_slice(&body)
        .map_err(|_| Failure::Reported("its answer is not JSON".to_owned()))
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::response::{IntoResponse, Response};
    use http::Uri;
    use serde_json::json;

    use super::*;
    use crate::clock::ManualClock;
    use crate::server::{Stop, any_port, serve};
    use crate::template;

    /// Lambda's Invoke API, for functions that answer with their event, and one that always fails.
    async fn invoke_api(uri: Uri, body: String) -> Response {
        match uri.path() {
            "/2015-03-31/functions/worker/invocations" => body.into_response(),
            "/2015-03-31/functions/trigger/invocations" => {
                ([("x-amz-function-error", "Unhandled")], "{}").into_response()
            }
            _ => http::StatusCode::NOT_FOUND.into_response(),
        }
    }

    fn function(package: &str) -> template::Function {
        template::Function {
            name: format!("sluice-{package}"),
            package: package.to_owned(),
            environment: std::collections::BTreeMap::new(),
            timeout_seconds: 1,
            allows_recursion: true,
        }
    }

    #[tokio::test]
    async fn a_function_elsewhere_answers_or_fails_as_one_here() {
        let listener = any_port().await.unwrap();
        let endpoint = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(serve(
            listener,
            Router::new().fallback(invoke_api),
            Stop::new(),
        ));
        let template = Template {
            functions: ["worker", "trigger", "sweep"].map(function).to_vec(),
            ..Template::default()
        };
        let functions = deploy(&template, &endpoint, &ManualClock::at(0).clock());
        let event = json!({"Records": []});
        assert_eq!(
            functions.invoke("sluice-worker", event.clone()).await,
            Ok(event)
        );
        for failing in ["sluice-trigger", "sluice-sweep"] {
            let failure = functions.invoke(failing, json!({})).await.unwrap_err();
            assert!(matches!(failure, Failure::Reported(_)), "{failure}");
        }
    }
}
