//! Authenticates calls: with a header at once, after a challenge, or with an access token that is requested first.

use super::http_digest;
use super::interpreter::{Failure, Interpreter};
use super::oauth_token;
use super::request::check_header;
use super::stage::{OpenCall, Prerequisite, Stage};
use super::state::OpenTask;
use crate::definition::{CallOptions, Scheme, Task};
use crate::fault::FaultKind;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

impl Interpreter<'_> {
    /// The first stage of a call: discovery, a request for a token, or the call itself.
    pub(super) fn authenticate(
        &mut self,
        options: &CallOptions,
        call: OpenCall,
        task: &Task,
        open: &OpenTask,
    ) -> Result<Stage, Failure> {
        let Some(authentication) = &options.authentication else {
            return Ok(Stage::Calling(call));
        };
        let settings = self.evaluate_on_input(&authentication.settings, task, open)?;
        let stage = first_stage(authentication.scheme, &settings, call);
        stage.map_err(|reason| FaultKind::Configuration.fault(reason, &task.pointer).into())
    }

    /// The call that answers a digest challenge; `None` if it cannot be answered, or has been already.
    pub(super) fn digest_call(
        &mut self,
        options: &CallOptions,
        task: &Task,
        open: &OpenTask,
        challenge: &str,
    ) -> Result<Option<OpenCall>, Failure> {
        let (Some(authentication), Stage::Calling(call)) = (&options.authentication, &open.stage)
        else {
            return Ok(None);
        };
        if call.authorization.is_some() || authentication.scheme != Scheme::Digest {
            return Ok(None);
        }
        let settings = self.evaluate_on_input(&authentication.settings, task, open)?;
        let (username, password) = credentials(&settings)
            .map_err(|reason| FaultKind::Configuration.fault(reason, &task.pointer))?;
        let cnonce = format!("{:016x}", self.stable_random(open, 0));
        let request = http_digest::DigestRequest {
            method: &call.method,
            url: &call.url,
            username,
            password,
        };
        let authorization = http_digest::authorization(challenge, &request, &cnonce);
        Ok(authorization.map(|value| OpenCall {
            authorization: Some(value),
            ..call.clone()
        }))
    }
}

/// The first stage of a call with these settings; the error is a sentence for the author.
fn first_stage(scheme: Scheme, settings: &Value, call: OpenCall) -> Result<Stage, String> {
    let authorization = match scheme {
        Scheme::Basic => {
            let (username, password) = credentials(settings)?;
            let pair = STANDARD.encode(format!("{username}:{password}"));
            Some(format!("Basic {pair}"))
        }
        // A secret may be the token itself.
        Scheme::Bearer => match settings.get("token").unwrap_or(settings) {
            Value::String(token) if check_header("authorization", token).is_ok() => {
                Some(format!("Bearer {token}"))
            }
            _ => return Err(NOT_PRINTABLE.to_owned()),
        },
        // The server has to send its challenge first.
        Scheme::Digest => None,
        Scheme::OAuth2 => {
            let endpoint = oauth_token::endpoint(settings)?;
            let request = oauth_token::request(settings, &endpoint)?;
            return Ok(Stage::preparing(Prerequisite::Token, request, Some(call)));
        }
        Scheme::OpenIdConnect => {
            let request = oauth_token::discovery(settings)?;
            let stage = Stage::preparing(Prerequisite::Discovery, request, Some(call));
            return Ok(stage);
        }
    };
    Ok(Stage::Calling(OpenCall {
        authorization,
        ..call
    }))
}

/// The sentence does not quote the value, which may be a secret.
const NOT_PRINTABLE: &str = "the authentication needs a text of printable characters";

/// The name and password of a user.
fn credentials(settings: &Value) -> Result<(&str, &str), String> {
    let text = |name: &str| {
        let text = settings.get(name).and_then(Value::as_str);
        let printable = text.filter(|text| check_header("authorization", text).is_ok());
        printable.ok_or_else(|| NOT_PRINTABLE.to_owned())
    };
    Ok((text("username")?, text("password")?))
}
