//! Proves who calls: at once where the settings have it all, or with a token that has to be asked for first.

use super::digest;
use super::effect::CallResult;
use super::machine::{Machine, Move, Trouble};
use super::request::check_header;
use super::stage::{Need, OpenCall, Stage};
use super::state::OpenTask;
use super::token;
use crate::definition::{Authentication, Exchange, Scheme, Task};
use crate::fault::FaultKind;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

impl Machine<'_> {
    /// What to do first for this call: find out where tokens are given, ask for one, or make it.
    pub(super) fn prove(
        &mut self,
        exchange: &Exchange,
        call: OpenCall,
        task: &Task,
        open: &OpenTask,
    ) -> Result<Stage, Trouble> {
        let Some(authentication) = &exchange.authentication else {
            return Ok(Stage::Calling(call));
        };
        let settings = self.on_input(&authentication.settings, task, open)?;
        let wrong = |reason: String| FaultKind::Configuration.fault(reason, &task.pointer);
        let authorization = match authentication.scheme {
            Scheme::Basic => {
                let (username, password) = credentials(&settings).map_err(wrong)?;
                let pair = STANDARD.encode(format!("{username}:{password}"));
                Some(format!("Basic {pair}"))
            }
            // A secret may be the token itself.
            Scheme::Bearer => match settings.get("token").unwrap_or(&settings) {
                Value::String(token) if check_header("authorization", token).is_ok() => {
                    Some(format!("Bearer {token}"))
                }
                _ => return Err(wrong(UNPRINTABLE.to_owned()).into()),
            },
            // The server has to challenge first.
            Scheme::Digest => None,
            Scheme::OAuth2 => {
                let endpoint = token::endpoint(&settings).map_err(wrong)?;
                let ask = token::request(&settings, &endpoint).map_err(wrong)?;
                return Ok(Stage::preparing(Need::Token, ask, Some(call)));
            }
            Scheme::OpenIdConnect => {
                let ask = token::discovery(&settings).map_err(wrong)?;
                return Ok(Stage::preparing(Need::Discovery, ask, Some(call)));
            }
        };
        Ok(Stage::Calling(OpenCall {
            authorization,
            ..call
        }))
    }

    /// The server has asked for a digest: the same request once more, with the proof. Nothing when it has not asked.
    pub(super) fn digested(
        &mut self,
        exchange: &Exchange,
        task: &Task,
        open: &OpenTask,
        challenge: &str,
    ) -> Result<Option<OpenCall>, Trouble> {
        let (Some(authentication), Stage::Calling(call)) = (&exchange.authentication, &open.stage)
        else {
            return Ok(None);
        };
        if call.authorization.is_some() || authentication.scheme != Scheme::Digest {
            return Ok(None);
        }
        let settings = self.on_input(&authentication.settings, task, open)?;
        let (username, password) = credentials(&settings)
            .map_err(|reason| FaultKind::Configuration.fault(reason, &task.pointer))?;
        let once = format!("{:016x}", self.chance(open, 0));
        let proof = digest::Proof {
            method: &call.method,
            url: &call.url,
            username,
            password,
        };
        let authorization = digest::authorization(challenge, &proof, &once);
        Ok(authorization.map(|value| OpenCall {
            authorization: Some(value),
            ..call.clone()
        }))
    }

    /// Something that the call needs has come; on with the next thing.
    pub(super) fn prepared(
        &mut self,
        task: &Task,
        mut open: OpenTask,
        result: CallResult,
    ) -> Result<Move, Trouble> {
        match self.after_preparation(task, &open, result) {
            Ok(stage) => {
                open.stage = stage;
                self.rest(task, open)
            }
            Err(Trouble::Fault(fault)) => self.fail_task(task, &open, fault),
            Err(Trouble::Stuck(stuck)) => Err(stuck.into()),
        }
    }

    fn after_preparation(
        &mut self,
        task: &Task,
        open: &OpenTask,
        result: CallResult,
    ) -> Result<Stage, Trouble> {
        let Stage::Preparing { need, ask, then } = &open.stage else {
            return Err(self.broken("something came that was not asked for").into());
        };
        let exchange = task.action.exchange();
        match (
            need,
            then,
            exchange.and_then(|exchange| exchange.authentication.as_ref()),
        ) {
            (Need::Description, _, _) => self.described(task, open, (result, &ask.url)),
            (Need::Discovery, Some(call), Some(authentication)) => {
                let endpoint = token::endpoint_in(result, &task.pointer)?;
                let ask = self.token_call(authentication, &endpoint, task, open)?;
                Ok(Stage::preparing(Need::Token, ask, Some((**call).clone())))
            }
            (Need::Token, Some(call), _) => {
                let token = token::token_in(result, &task.pointer)?;
                Ok(Stage::Calling(OpenCall {
                    authorization: Some(format!("Bearer {token}")),
                    ..(**call).clone()
                }))
            }
            (Need::Discovery | Need::Token, _, _) => {
                Err(self.broken("a token came where none was asked for").into())
            }
        }
    }

    fn token_call(
        &mut self,
        authentication: &Authentication,
        endpoint: &str,
        task: &Task,
        open: &OpenTask,
    ) -> Result<OpenCall, Trouble> {
        let settings = self.on_input(&authentication.settings, task, open)?;
        let call = token::request(&settings, endpoint);
        call.map_err(|reason| FaultKind::Configuration.fault(reason, &task.pointer).into())
    }
}

/// What it is stays out of the sentence.
const UNPRINTABLE: &str = "the authentication needs a text of printable characters";

/// A user's name and password.
fn credentials(settings: &Value) -> Result<(&str, &str), String> {
    let text = |name: &str| {
        let text = settings.get(name).and_then(Value::as_str);
        let printable = text.filter(|text| check_header("authorization", text).is_ok());
        printable.ok_or_else(|| UNPRINTABLE.to_owned())
    };
    Ok((text("username")?, text("password")?))
}
