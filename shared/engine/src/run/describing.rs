//! `call: openapi`: asks for the description first, then makes the request that it asks for.

use super::effect::CallResult;
use super::machine::{Machine, Trouble};
use super::openapi;
use super::stage::{OpenCall, Stage};
use super::state::OpenTask;
use crate::definition::{Action, OpenApiRequest, Task};
use crate::fault::{Fault, FaultKind};
use crate::yaml::yaml_to_json;
use serde_json::Value;
use url::Url;

impl Machine<'_> {
    /// The call for the description.
    pub(super) fn description_call(
        &mut self,
        request: &OpenApiRequest,
        task: &Task,
        open: &OpenTask,
    ) -> Result<OpenCall, Trouble> {
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
        })
    }

    /// The description has come; on to the operation.
    pub(super) fn described(
        &mut self,
        task: &Task,
        open: &OpenTask,
        (result, asked): (CallResult, &str),
    ) -> Result<Stage, Trouble> {
        let Action::CallOpenApi(request) = &task.action else {
            return Err(self
                .broken("a description came where none was asked for")
                .into());
        };
        let description = description_in(result, &task.pointer)?;
        let parameters = match &request.parameters {
            Some(parameters) => self.on_input(parameters, task, open)?,
            None => Value::Null,
        };
        let parameters = match parameters {
            Value::Object(map) => map,
            _ => serde_json::Map::new(),
        };
        let wrong = |reason: String| FaultKind::Configuration.fault(reason, &task.pointer);
        let from = Url::parse(asked).map_err(|error| wrong(error.to_string()))?;
        let call =
            openapi::request(&description, &from, &request.operation, parameters).map_err(wrong)?;
        self.prove(&request.exchange, call, task, open)
    }
}

fn description_in(result: CallResult, instance: &str) -> Result<Value, Fault> {
    let failed = |detail: String| FaultKind::Communication.fault(detail, instance);
    match result {
        CallResult::Response { status, body, .. } if (200..300).contains(&status) => {
            if let Ok(description) = serde_json::from_slice(&body) {
                return Ok(description);
            }
            let text = String::from_utf8_lossy(&body);
            yaml_to_json(&text)
                .map_err(|problem| failed(format!("the description cannot be read: {problem}")))
        }
        CallResult::Response { status, .. } => {
            let fault = failed(format!("the description was answered with status {status}"));
            Err(Fault { status, ..fault })
        }
        CallResult::Failed { detail, .. } => Err(failed(detail)),
    }
}
