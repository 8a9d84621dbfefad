//! Proves who calls: at once where the document has it all, or with a token that has to be asked for first.

use super::digest;
use super::effect::CallResult;
use super::machine::{Machine, Move, Trouble};
use super::request::check_header;
use super::state::{OpenCall, OpenTask, Stage};
use crate::definition::{
    Action, Authentication, ClientCredentials, Exchange, HttpRequest, Task, Templated,
};
use crate::fault::{Fault, FaultKind};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use url::form_urlencoded;

impl Machine<'_> {
    /// The call to make first: for a token where one is needed, else the request itself.
    pub(super) fn first_call(
        &mut self,
        request: &HttpRequest,
        task: &Task,
        open: &OpenTask,
    ) -> Result<Stage, Trouble> {
        let authentication = request.exchange.authentication.as_ref();
        if let Some(Authentication::ClientCredentials(credentials)) = authentication {
            return Ok(Stage::Authenticating(self.token_request(
                credentials,
                task,
                open,
            )?));
        }
        let authorization = self.authorization(authentication, task, open)?;
        Ok(Stage::Calling(self.prepare(
            request,
            authorization,
            task,
            open,
        )?))
    }

    /// The header that proves who calls, where the document has all that it needs.
    pub(super) fn authorization(
        &mut self,
        authentication: Option<&Authentication>,
        task: &Task,
        open: &OpenTask,
    ) -> Result<Option<String>, Trouble> {
        match authentication {
            Some(Authentication::Basic { username, password }) => {
                let username = self.text_of(username, task, open)?;
                let password = self.text_of(password, task, open)?;
                let pair = STANDARD.encode(format!("{username}:{password}"));
                Ok(Some(format!("Basic {pair}")))
            }
            Some(Authentication::Bearer { token }) => {
                Ok(Some(format!("Bearer {}", self.text_of(token, task, open)?)))
            }
            // A digest needs the server's challenge first, and a grant its token.
            None | Some(Authentication::Digest { .. } | Authentication::ClientCredentials(_)) => {
                Ok(None)
            }
        }
    }

    /// The server has asked for a digest: the same request once more, with the proof. Nothing when it has not asked.
    pub(super) fn digested(
        &mut self,
        exchange: &Exchange,
        task: &Task,
        open: &OpenTask,
        challenge: &str,
    ) -> Result<Option<OpenCall>, Trouble> {
        let (Some(Authentication::Digest { username, password }), Stage::Calling(call)) =
            (&exchange.authentication, &open.stage)
        else {
            return Ok(None);
        };
        if call.authorization.is_some() {
            return Ok(None);
        }
        let username = self.text_of(username, task, open)?;
        let password = self.text_of(password, task, open)?;
        let once = format!("{:016x}", self.chance(open, 0));
        let proof = digest::Proof {
            method: &call.method,
            url: &call.url,
            username: &username,
            password: &password,
        };
        let authorization = digest::authorization(challenge, &proof, &once);
        Ok(authorization.map(|value| OpenCall {
            authorization: Some(value),
            ..call.clone()
        }))
    }

    /// The answer to the request for a token has come; on to the request itself.
    pub(super) fn token_answered(
        &mut self,
        task: &Task,
        mut open: OpenTask,
        result: CallResult,
    ) -> Result<Move, Trouble> {
        let Action::CallHttp(request) = &task.action else {
            return Err(self.broken("a token came where none was asked for").into());
        };
        let authorization = match token_in(result, &task.pointer) {
            Ok(token) => format!("Bearer {token}"),
            Err(fault) => return self.fail_task(task, &open, fault),
        };
        match self.prepare(request, Some(authorization), task, &open) {
            Ok(call) => {
                open.stage = Stage::Calling(call);
                self.call_again(task, open)
            }
            Err(Trouble::Fault(fault)) => self.fail_task(task, &open, fault),
            Err(Trouble::Stuck(stuck)) => Err(stuck.into()),
        }
    }

    /// RFC 6749, section 4.4.2.
    fn token_request(
        &mut self,
        credentials: &ClientCredentials,
        task: &Task,
        open: &OpenTask,
    ) -> Result<OpenCall, Trouble> {
        let authority = self.text_of(&credentials.authority, task, open)?;
        let path = self.text_of(&credentials.token_path, task, open)?;
        let id = self.text_of(&credentials.client_id, task, open)?;
        let secret = self.text_of(&credentials.client_secret, task, open)?;
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials");
        let mut authorization = None;
        if credentials.is_in_header {
            authorization = Some(format!(
                "Basic {}",
                STANDARD.encode(format!("{id}:{secret}"))
            ));
        } else {
            form.append_pair("client_id", &id)
                .append_pair("client_secret", &secret);
        }
        for (name, template) in [
            ("scope", &credentials.scopes),
            ("audience", &credentials.audiences),
        ] {
            if let Some(template) = template {
                let words = self.on_input(template, task, open)?;
                form.append_pair(name, &spaced(&words));
            }
        }
        let url = token_url(&authority, &path, &task.pointer)?;
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Ok(OpenCall {
            method: "POST".to_owned(),
            url,
            headers: vec![
                header("content-type", "application/x-www-form-urlencoded"),
                header("accept", "application/json"),
            ],
            authorization,
            body: Some(form.finish()),
        })
    }

    fn text_of(
        &mut self,
        template: &Templated,
        task: &Task,
        open: &OpenTask,
    ) -> Result<String, Trouble> {
        match self.on_input(template, task, open)? {
            // Only what a header can carry; what it is stays out of the fault.
            Value::String(text) if check_header("authorization", &text).is_ok() => Ok(text),
            _ => {
                let detail = "the authentication needs a text of printable characters";
                Err(FaultKind::Configuration.fault(detail, &task.pointer).into())
            }
        }
    }
}

fn token_url(authority: &str, path: &str, instance: &str) -> Result<String, Fault> {
    let url = format!(
        "{}/{}",
        authority.trim_end_matches('/'),
        path.trim_start_matches('/')
    );
    if url::Url::parse(&url).is_err() {
        let detail = format!("the authority is no URI: {authority}");
        return Err(FaultKind::Configuration.fault(detail, instance));
    }
    Ok(url)
}

fn spaced(words: &Value) -> String {
    match words {
        Value::Array(words) => words
            .iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join(" "),
        Value::String(word) => word.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => String::new(),
    }
}

/// The token of an answer (RFC 6749, section 5.1), or an authentication error. The body stays out of the fault.
fn token_in(result: CallResult, instance: &str) -> Result<String, Fault> {
    let refused = |detail: String| FaultKind::Authentication.fault(detail, instance);
    match result {
        CallResult::Response { status, body, .. } if (200..300).contains(&status) => {
            let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
            match answer.get("access_token").and_then(Value::as_str) {
                Some(token) if check_header("authorization", token).is_ok() => Ok(token.to_owned()),
                Some(_) | None => Err(refused("the authority gave no token".to_owned())),
            }
        }
        CallResult::Response { status, .. } => Err(refused(format!(
            "the authority answered with status {status}"
        ))),
        CallResult::Failed { detail, .. } => Err(refused(format!(
            "the authority could not be asked: {detail}"
        ))),
    }
}
