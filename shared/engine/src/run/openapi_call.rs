//! `call: openapi`: requests the description, then calls the operation.

use super::effect::CallResult;
use super::interpreter::{Failure, Interpreter};
use super::openapi_request;
use super::stage::{OpenCall, Stage};
use super::state::OpenTask;
use crate::definition::{OpenApiRequest, Task, TaskKind};
use crate::fault::{Fault, FaultKind};
use crate::json_text;
use crate::yaml::yaml_to_json;
use serde_json::Value;
use url::Url;

impl Interpreter<'_> {
    /// The request for the description.
    pub(super) fn description_call(
        &mut self,
        request: &OpenApiRequest,
        task: &Task,
        open: &OpenTask,
    ) -> Result<OpenCall, Failure> {
        let url = self.url(&request.document, task, open)?;
        let accept = (
            "accept".to_owned(),
            "application/json, application/yaml".to_owned(),
        );
        let method = "GET".to_owned();
        Ok(OpenCall {
            method,
            url: url.into(),
            headers: vec![accept],
            authorization: None,
            body: None,
            upload: None,
        })
    }

    /// The stage after the description has arrived: the call of the operation, or its authentication.
    pub(super) fn operation_stage(
        &mut self,
        task: &Task,
        open: &OpenTask,
        result: CallResult,
        description_url: &str,
    ) -> Result<Stage, Failure> {
        let TaskKind::CallOpenApi(request) = &task.kind else {
            return Err(self
                .corrupt_state("the task requests no description")
                .into());
        };
        let description = description_in(result, &task.pointer)?;
        let parameters = match &request.parameters {
            Some(parameters) => self.evaluate_on_input(parameters, task, open)?,
            None => Value::Null,
        };
        let parameters = match parameters {
            Value::Object(map) => map,
            _ => serde_json::Map::new(),
        };
        let wrong = |reason: String| FaultKind::Configuration.fault(reason, &task.pointer);
        let from = Url::parse(description_url).map_err(|error| wrong(error.to_string()))?;
        let call = openapi_request::request(&description, &from, &request.operation, parameters)
            .map_err(wrong)?;
        self.authenticate(&request.options, call, task, open)
    }
}

fn description_in(result: CallResult, instance: &str) -> Result<Value, Fault> {
    let failed = |detail: String| FaultKind::Communication.fault(detail, instance);
    match result {
        CallResult::Response { status, body, .. } if (200..300).contains(&status) => {
            if let Ok(description) = json_text::parse(&body) {
                return Ok(description);
            }
            let text = String::from_utf8_lossy(json_text::without_byte_order_mark(&body));
            yaml_to_json(&text)
                .map_err(|problem| failed(format!("the description cannot be read: {problem}")))
        }
        CallResult::Response { status, .. } => {
            let fault = failed(format!(
                "the request for the description got status {status}"
            ));
            Err(Fault { status, ..fault })
        }
        CallResult::Failed { detail, .. } => Err(failed(detail)),
    }
}
