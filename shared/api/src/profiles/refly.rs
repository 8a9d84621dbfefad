//! The management API of the refly profile: `/v1/webhook/…`, with the key in `X-Refly-Api-Key` or as a bearer token. A canvas
//! is a workflow, and its webhook a trigger of the refly profile. The run route is in `webhook/refly.rs`.

pub mod files;

use domain::limits::MAX_REFLY_HISTORY_RECORDS;
use domain::{
    ApiKey, Ending, Execution, ExecutionId, Phase, ReflyTimeout, Secret, Status, Timestamp,
    Trigger, WebhookProfile, WorkflowId,
};
use lambda_http::{Body, Response};
use serde::{Deserialize, Serialize};

use crate::inbound::Inbound;
use crate::problem::Problem;
use crate::status::{Code, OK};
use crate::{answer, auth, body, webhook};

const DEFAULT_PAGE_SIZE: usize = 20;
const MAX_PAGE_SIZE: usize = 100;

/// To give a canvas a webhook, or to switch the one that it has on.
#[derive(Debug)]
pub struct Enable {
    /// The canvas.
    pub canvas: WorkflowId,
    /// Unchanged where it is not given.
    pub timeout: Option<ReflyTimeout>,
}

/// To change a webhook.
#[derive(Debug)]
pub struct Update {
    /// The webhook.
    pub webhook_id: Secret,
    /// Unchanged where it is not given.
    pub enabled: Option<bool>,
    /// Unchanged where it is not given.
    pub timeout: Option<ReflyTimeout>,
}

/// Which records of a webhook's history.
#[derive(Debug)]
pub struct HistoryQuery {
    /// The webhook.
    pub webhook_id: Secret,
    /// The number of the page, from 1.
    pub page: usize,
    /// Records on a page.
    pub page_size: usize,
}

/// What a request about a webhook names. Other fields are ignored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "ReflyWebhookRequest"))]
pub(crate) struct Fields {
    /// The canvas, which is a workflow. Required by `enable`.
    canvas_id: Option<String>,
    /// The webhook. Required by `disable`, `reset` and `update`.
    webhook_id: Option<String>,
    /// Whether it accepts requests: of `update`.
    is_enabled: Option<bool>,
    /// For how many seconds a request waits for its result: of `enable` and `update`.
    timeout: Option<u64>,
}

/// An answer as clients of refly expect it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "{T}Answer"))]
pub(crate) struct AnswerView<T> {
    /// Always `true`.
    success: bool,
    /// What was asked for.
    data: T,
}

/// The answer to a request that changes something and shows nothing.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "ReflyDone"))]
pub(crate) struct DoneView {
    /// Always `true`.
    success: bool,
}

/// A webhook of a canvas.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "ReflyWebhook"))]
pub(crate) struct WebhookView<'a> {
    /// Its id, which is a credential.
    webhook_id: &'a str,
    /// Its URL.
    webhook_url: String,
}

/// How a webhook is set.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "ReflyWebhookConfig"))]
pub(crate) struct ConfigView<'a> {
    /// Its id, which is a credential.
    webhook_id: &'a str,
    /// Whether it accepts requests.
    is_enabled: bool,
    /// For how many seconds a request waits for its result.
    timeout: u32,
}

/// One page of the history of a webhook.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "ReflyHistory"))]
pub(crate) struct HistoryView {
    /// The records of the page, the newest first.
    records: Vec<RecordView>,
    /// How many records there are on all pages.
    total: usize,
    /// The number of the page, from 1.
    page: usize,
    /// Records on a page.
    page_size: usize,
}

/// A call of a webhook, as the execution that it began, or the refusal that is recorded.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "ReflyRecord"))]
pub(crate) struct RecordView {
    /// The id of the execution.
    record_id: ExecutionId,
    /// Whether it went well so far.
    #[cfg_attr(test, schemars(extend("enum" = ["success", "failed"])))]
    status: &'static str,
    /// The HTTP status that the sender got.
    http_status: u16,
    /// How long it ran, in milliseconds; `null` before it ended.
    response_time: Option<i64>,
    /// Why it failed; `null` where it did not.
    failure_reason: Option<&'static str>,
    /// When it was recorded.
    created_at: Timestamp,
    /// When it ended; `null` before that.
    completed_at: Option<Timestamp>,
}

/// Whether the path is one of this API.
pub fn is_route(inbound: &Inbound) -> bool {
    let is_webhook = matches!(inbound.segments.as_slice(), [v1, webhook, ..] if v1 == "v1" && webhook == "webhook");
    is_webhook || files::is_route(inbound)
}

/// The API key in this profile's own header, or where the native API has it.
pub fn presented(inbound: &Inbound) -> Result<ApiKey, Problem> {
    auth::presented_in(inbound, "x-refly-api-key")
}

/// Reads the body of `enable`: `{"canvasId": …, "timeout": 30}`.
pub fn enable(inbound: &Inbound) -> Result<Enable, Problem> {
    let fields = fields(inbound)?;
    Ok(Enable {
        canvas: canvas(fields.canvas_id.as_deref())?,
        timeout: timeout(fields.timeout)?,
    })
}

/// Reads the body of `disable` and `reset`: `{"webhookId": …}`.
pub fn webhook_id(inbound: &Inbound) -> Result<Secret, Problem> {
    required_webhook_id(fields(inbound)?.webhook_id)
}

/// Reads the body of `update`: `{"webhookId": …, "isEnabled": …, "timeout": …}`.
pub fn update(inbound: &Inbound) -> Result<Update, Problem> {
    let fields = fields(inbound)?;
    Ok(Update {
        webhook_id: required_webhook_id(fields.webhook_id)?,
        enabled: fields.is_enabled,
        timeout: timeout(fields.timeout)?,
    })
}

/// Reads the query of `config`: `canvasId`.
pub fn config_query(inbound: &Inbound) -> Result<WorkflowId, Problem> {
    canvas(inbound.parameter("canvasId"))
}

/// Reads the query of `history`: `webhookId`, `page` (1, the first, by default), `pageSize` (20 by default, at most 100).
pub fn history_query(inbound: &Inbound) -> Result<HistoryQuery, Problem> {
    let webhook_id = inbound.parameter("webhookId").map(str::to_owned);
    let page_size = number(inbound, "pageSize", DEFAULT_PAGE_SIZE)?;
    let page = number(inbound, "page", 1)?;
    if page_size > MAX_PAGE_SIZE {
        let detail = format!("pageSize is at most {MAX_PAGE_SIZE}.");
        return Err(Problem::invalid_parameter("pageSize", detail));
    }
    if page.saturating_mul(page_size) > MAX_REFLY_HISTORY_RECORDS {
        let detail = format!("The history has pages for {MAX_REFLY_HISTORY_RECORDS} records.");
        return Err(Problem::invalid_parameter("page", detail));
    }
    Ok(HistoryQuery {
        webhook_id: required_webhook_id(webhook_id)?,
        page,
        page_size,
    })
}

/// A field of a wrong type is all that is refused: clients of the product send others.
fn fields(inbound: &Inbound) -> Result<Fields, Problem> {
    body::lenient(&body::object(inbound)?).map_err(|problem| invalid(problem.detail()))
}

/// A text that cannot be an id belongs to no canvas.
fn canvas(text: Option<&str>) -> Result<WorkflowId, Problem> {
    let text = text.ok_or_else(|| invalid("canvasId is missing."))?;
    WorkflowId::parse(text).map_err(|_| canvas_not_found())
}

fn required_webhook_id(text: Option<String>) -> Result<Secret, Problem> {
    let text = text.ok_or_else(|| invalid("webhookId is missing."))?;
    Ok(Secret::from_caller(text))
}

fn timeout(secs: Option<u64>) -> Result<Option<ReflyTimeout>, Problem> {
    let timeout = secs.map(ReflyTimeout::from_secs).transpose();
    timeout.map_err(|error| invalid(&format!("{error}.")))
}

fn number(inbound: &Inbound, name: &str, default: usize) -> Result<usize, Problem> {
    let parse = |text: &str| text.parse().ok().filter(|number| *number > 0);
    let refused = || Problem::invalid_parameter(name, format!("{name} is a whole number from 1."));
    inbound
        .parameter(name)
        .map_or(Ok(default), |text| parse(text).ok_or_else(refused))
}

fn invalid(detail: &str) -> Problem {
    Problem::new(Code::InvalidRequestBody, detail)
}

/// There is no such canvas of the caller's tenant, or the webhook's was deleted.
pub fn canvas_not_found() -> Problem {
    Problem::new(Code::CanvasNotFound, Code::CanvasNotFound.title())
}

/// There is no such webhook of the caller's tenant.
pub fn webhook_not_found() -> Problem {
    Problem::new(Code::WebhookNotFound, Code::WebhookNotFound.title())
}

/// A problem in this profile's shape.
pub fn refuse(inbound: &Inbound, problem: Problem) -> Response<Body> {
    webhook::refly::refuse(problem, &inbound.request_id)
}

/// The answer to a request that changes something and shows nothing.
pub fn done() -> Response<Body> {
    answer::ok(&DoneView { success: true })
}

/// The answer to `enable` and `reset`.
pub fn webhook(trigger: &Trigger, hook_id: &Secret, base_url: &str) -> Response<Body> {
    let url = webhook::url(
        WebhookProfile::Refly,
        base_url,
        trigger.workflow_id,
        hook_id,
    );
    data(&WebhookView {
        webhook_id: hook_id.reveal(),
        webhook_url: url,
    })
}

/// The answer to `config`: `null` where the canvas has no webhook.
pub fn config(webhook: Option<(&Trigger, &Secret)>) -> Response<Body> {
    data(&webhook.map(|(trigger, hook_id)| ConfigView {
        webhook_id: hook_id.reveal(),
        is_enabled: trigger.enabled,
        timeout: trigger.refly_timeout.as_secs(),
    }))
}

/// The answer to `history`: one page, newest first, of `total` records.
pub fn history(executions: &[Execution], total: usize, query: &HistoryQuery) -> Response<Body> {
    data(&HistoryView {
        records: executions.iter().map(record).collect(),
        total,
        page: query.page,
        page_size: query.page_size,
    })
}

fn data(data: &impl Serialize) -> Response<Body> {
    answer::ok(&AnswerView {
        success: true,
        data,
    })
}

fn record(execution: &Execution) -> RecordView {
    let ended_at = match execution.phase {
        Phase::Ended { at, .. } => Some(at),
        Phase::Queued | Phase::Running { .. } | Phase::Waiting { .. } => None,
    };
    let failure = match execution.phase {
        Phase::Ended { ending, .. } => match ending {
            Ending::Succeeded => None,
            Ending::Failed => Some("Workflow failed"),
            Ending::Cancelled => Some("Workflow cancelled"),
            Ending::Rejected => Some(Code::WorkflowInactive.title()),
        },
        Phase::Queued | Phase::Running { .. } | Phase::Waiting { .. } => None,
    };
    let answered = match execution.status() {
        Status::Rejected => Code::WorkflowInactive.status(),
        _ => OK,
    };
    RecordView {
        record_id: execution.id,
        status: match failure {
            None => "success",
            Some(_) => "failed",
        },
        http_status: answered.as_u16(),
        response_time: ended_at.map(|at| at.millis_since(execution.created_at)),
        failure_reason: failure,
        created_at: execution.created_at,
        completed_at: ended_at,
    }
}

#[cfg(test)]
mod tests;
