//! The demo that a first start leaves: an org with an admin key, an active workflow and its trigger, all made as a
//! user makes them, through the API. Does not know tables.

use std::net::SocketAddr;
use std::path::Path;

use axum::body::Bytes;
use domain::{Environment, OrgId, Tenant};
use http::{Method, Request, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::data::write_secret;
use crate::echo;
use crate::server::any_port;
use crate::stack::Stack;
use crate::start_error::StartError;

const WORKFLOW: &str = include_str!("demo-workflow.yaml");
/// Where the definition calls; the echo's real address takes its place.
const ECHO_PLACEHOLDER: &str = "http://echo.invalid";

/// What a developer needs to try the stack.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Demo {
    /// Where the HTTP API is.
    pub base_url: String,
    /// An API key of the demo org, scope `admin`.
    pub admin_key: String,
    /// The demo workflow.
    pub workflow_id: String,
    /// Its webhook's URL, with the token.
    pub webhook_url: String,
}

/// What has to be shown at every start, and cannot be asked for again.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    admin_key: String,
    workflow_id: String,
    /// The webhook's URL after the base URL, which changes with `--listen`.
    webhook_path: String,
    /// Where the workflow calls.
    echo: SocketAddr,
}

/// The demo of a stack: an org, its admin key, and an active workflow that calls a local echo. Made at the first call for
/// the stack's data; later calls find it.
///
/// # Errors
/// When the API refuses to make it, or the folder to keep it.
pub async fn demo(stack: &mut Stack) -> Result<Demo, StartError> {
    let file = stack.held().file("demo.json");
    let kept = file.as_deref().and_then(kept);
    let listener = echo_listener(kept.as_ref()).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    stack.host(listener, echo::router());
    let is_same = kept.as_ref().is_some_and(|kept| kept.echo == address);
    let current = match kept {
        Some(kept) if is_same => kept,
        Some(kept) => moved(stack, kept, address).await?,
        None => made(stack, address).await?,
    };
    if let Some(file) = file.filter(|_| !is_same) {
        let content = serde_json::to_vec(&current).map_err(failed)?;
        write_secret(&file, &content).map_err(failed)?;
    }
    Ok(Demo {
        base_url: stack.base_url().to_owned(),
        webhook_url: format!("{}{}", stack.base_url(), current.webhook_path),
        admin_key: current.admin_key,
        workflow_id: current.workflow_id,
    })
}

fn kept(file: &Path) -> Option<Kept> {
    serde_json::from_slice(&std::fs::read(file).ok()?).ok()
}

/// The port of the last start, so that the workflow need not change; or another, if that one is taken.
async fn echo_listener(kept: Option<&Kept>) -> std::io::Result<TcpListener> {
    if let Some(kept) = kept
        && let Ok(listener) = TcpListener::bind(kept.echo).await
    {
        return Ok(listener);
    }
    any_port().await
}

async fn made(stack: &Stack, echo: SocketAddr) -> Result<Kept, StartError> {
    let admin_key = first_key(stack).await?;
    let user = User {
        stack,
        key: &admin_key,
    };
    let draft = json!({ "name": "Demo", "definitionYaml": definition(echo) });
    let workflow = user.call(Method::POST, "/v1/workflows", &draft).await?;
    let workflow_id = text(&workflow, "id")?;
    let path = format!("/v1/workflows/{workflow_id}");
    user.call(Method::POST, &format!("{path}/activate"), &json!({}))
        .await?;
    let trigger = user
        .call(Method::POST, &format!("{path}/triggers"), &json!({}))
        .await?;
    let url = text(&trigger, "url")?;
    let webhook_path = url
        .strip_prefix(stack.base_url())
        .ok_or_else(|| StartError::Demo("the trigger's URL is not of this stack".to_owned()))?
        .to_owned();
    Ok(Kept {
        admin_key,
        workflow_id,
        webhook_path,
        echo,
    })
}

async fn first_key(stack: &Stack) -> Result<String, StartError> {
    let aws = stack.environment("register").map_err(failed)?;
    let org = OrgId::random(aws.now(), aws.random.u128());
    let tenant = Tenant {
        org,
        environment: Environment::Test,
    };
    let key = admin::create_first_key(&aws.api_keys, tenant, "demo", aws.now()).await;
    key.map(|key| key.reveal().to_owned()).map_err(failed)
}

async fn moved(stack: &Stack, kept: Kept, echo: SocketAddr) -> Result<Kept, StartError> {
    let user = User {
        stack,
        key: &kept.admin_key,
    };
    let path = format!("/v1/workflows/{}", kept.workflow_id);
    user.call(
        Method::PATCH,
        &path,
        &json!({ "definitionYaml": definition(echo) }),
    )
    .await?;
    Ok(Kept { echo, ..kept })
}

fn definition(echo: SocketAddr) -> String {
    WORKFLOW.replace(ECHO_PLACEHOLDER, &format!("http://{echo}"))
}

struct User<'a> {
    stack: &'a Stack,
    key: &'a str,
}

impl User<'_> {
    async fn call(&self, method: Method, path: &str, body: &Value) -> Result<Value, StartError> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", self.stack.base_url().trim_start_matches("http://"))
            .header("authorization", format!("Bearer {}", self.key))
            .header("content-type", "application/json")
            .body(Bytes::from(body.to_string()))
            .map_err(failed)?;
        let response = self.stack.send(request).await;
        match response.status() {
            StatusCode::OK | StatusCode::CREATED => {
                serde_json::from_slice(response.body()).map_err(failed)
            }
            status => {
                let problem: Value = serde_json::from_slice(response.body()).unwrap_or_default();
                Err(StartError::Demo(format!(
                    "{path} answered {status}: {}",
                    problem["detail"]
                )))
            }
        }
    }
}

fn text(value: &Value, name: &str) -> Result<String, StartError> {
    let text = value[name]
        .as_str()
        .ok_or_else(|| StartError::Demo(format!("an answer has no {name}")));
    text.map(str::to_owned)
}

fn failed(error: impl std::fmt::Display) -> StartError {
    StartError::Demo(error.to_string())
}
