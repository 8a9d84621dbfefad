//! Prerequisites of calls: an OpenAPI description, an OpenID Connect configuration, an access token. When one has
//! arrived, the next one is requested, or the call itself is made.

use super::effect::CallResult;
use super::interpreter::{Failure, Interpreter, Transition};
use super::oauth_token;
use super::stage::{OpenCall, Prerequisite, Stage};
use super::state::OpenTask;
use crate::definition::{Authentication, Task};
use crate::fault::FaultKind;

impl Interpreter<'_> {
    pub(super) fn accept_prerequisite(
        &mut self,
        task: &Task,
        mut open: OpenTask,
        result: CallResult,
    ) -> Result<Transition, Failure> {
        match self.stage_after_prerequisite(task, &open, result) {
            Ok(stage) => {
                open.stage = stage;
                self.suspend(task, open)
            }
            Err(failure) => self.fail(task, &open, failure),
        }
    }

    fn stage_after_prerequisite(
        &mut self,
        task: &Task,
        open: &OpenTask,
        result: CallResult,
    ) -> Result<Stage, Failure> {
        let Stage::Preparing {
            prerequisite,
            request,
            call,
        } = &open.stage
        else {
            return Err(self.corrupt_state("no prerequisite is open").into());
        };
        let options = task.kind.call_options();
        let authentication = options.and_then(|options| options.authentication.as_ref());
        match (prerequisite, call, authentication) {
            (Prerequisite::Description, _, _) => {
                self.operation_stage(task, open, result, &request.url)
            }
            (Prerequisite::Discovery, Some(call), Some(authentication)) => {
                let endpoint = oauth_token::endpoint_in(result, &task.pointer)?;
                let request = self.token_request(authentication, &endpoint, task, open)?;
                let call = Some((**call).clone());
                Ok(Stage::preparing(Prerequisite::Token, request, call))
            }
            (Prerequisite::Token, Some(call), _) => {
                let token = oauth_token::token_in(result, &task.pointer)?;
                Ok(Stage::Calling(OpenCall {
                    authorization: Some(format!("Bearer {token}")),
                    ..(**call).clone()
                }))
            }
            (Prerequisite::Discovery | Prerequisite::Token, _, _) => {
                Err(self.corrupt_state("no token was requested").into())
            }
        }
    }

    fn token_request(
        &mut self,
        authentication: &Authentication,
        endpoint: &str,
        task: &Task,
        open: &OpenTask,
    ) -> Result<OpenCall, Failure> {
        let settings = self.evaluate_on_input(&authentication.settings, task, open)?;
        let request = oauth_token::request(&settings, endpoint);
        request.map_err(|reason| FaultKind::Configuration.fault(reason, &task.pointer).into())
    }
}
