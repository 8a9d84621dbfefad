//! Which profile a request belongs to, and what each profile makes of requests and outcomes. A new profile is a module
//! beside [`native`], one more variant of `domain::WebhookProfile`, and one more arm here; what triggers workflows does not
//! change.

use domain::{
    Quota, Secret, Timestamp, UnreadableBody, WebhookProfile, WebhookRequest, WorkflowId,
    check_event,
};
use lambda_http::{Body, Response};

use super::{Outcome, TriggerWorkflow, hap, native, refly};
use crate::answer;
use crate::inbound::Inbound;
use crate::status::Code;

/// The profile whose paths begin as the request's does; `None` where no profile has such a path.
pub fn profile_of_route(inbound: &Inbound) -> Option<WebhookProfile> {
    let path: Vec<&str> = inbound.segments.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["hooks", ..] => Some(WebhookProfile::Native),
        ["v1", "openapi", "webhook", ..] => Some(WebhookProfile::Refly),
        ["workflow", "hooks" | "hooks2", ..] => Some(WebhookProfile::Hap),
        _ => None,
    }
}

/// Reads a request; a refusal is one of the outcomes.
pub fn decode(
    profile: WebhookProfile,
    inbound: Inbound,
    now: Timestamp,
) -> Result<TriggerWorkflow, Outcome> {
    match profile {
        WebhookProfile::Native => native::decode(inbound, now),
        WebhookProfile::Refly => refly::decode(inbound, now),
        WebhookProfile::Hap => hap::decode(inbound, now),
    }
}

/// Check 12 of the public contract: whether the body parses under its content type, and has the shape of the profile.
///
/// # Errors
/// It does not.
pub fn check_body(profile: WebhookProfile, request: &WebhookRequest) -> Result<(), UnreadableBody> {
    check_event(request)?;
    match profile {
        WebhookProfile::Native | WebhookProfile::Hap => Ok(()),
        WebhookProfile::Refly => refly::check_body(request),
    }
}

/// The answer to every outcome, with what is left of the limits where that is known; `request_id` is the gateway's id of the
/// request.
pub fn encode(
    profile: WebhookProfile,
    outcome: Outcome,
    quota: Option<Quota>,
    request_id: &str,
) -> Response<Body> {
    match profile {
        WebhookProfile::Native => native::encode(outcome, request_id),
        WebhookProfile::Refly => refly::encode(outcome, quota, request_id),
        WebhookProfile::Hap => hap::encode(outcome),
    }
}

/// The code of the answer to a refusal.
pub fn refusal_code(profile: WebhookProfile, outcome: &Outcome) -> Option<Code> {
    answer::refusal(&encode(profile, outcome.clone(), None, ""))
}

/// The URL of a trigger of this profile, with its token.
pub fn url(
    profile: WebhookProfile,
    base_url: &str,
    workflow: WorkflowId,
    token: &Secret,
) -> String {
    match profile {
        WebhookProfile::Native => native::url(base_url, workflow, token),
        WebhookProfile::Refly => refly::url(base_url, token),
        WebhookProfile::Hap => hap::url(base_url, token),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_of_the_path_decides_the_profile() {
        let profile = |path: &str| {
            let mut inbound = Inbound::read(lambda_http::Request::default());
            inbound.segments = path.split('/').map(str::to_owned).collect();
            profile_of_route(&inbound)
        };
        for path in ["hooks", "hooks/wf_1", "hooks/a/b"] {
            assert_eq!(profile(path), Some(WebhookProfile::Native), "{path}");
        }
        for path in ["v1/openapi/webhook", "v1/openapi/webhook/wh_1/run"] {
            assert_eq!(profile(path), Some(WebhookProfile::Refly), "{path}");
        }
        for path in [
            "workflow/hooks",
            "workflow/hooks/1",
            "workflow/hooks2/1",
            "workflow/hooks/1/2",
        ] {
            assert_eq!(profile(path), Some(WebhookProfile::Hap), "{path}");
        }
        for path in [
            "",
            "workflow",
            "workflow/hook/1",
            "hook",
            "v1/hooks",
            "v1/openapi/files",
        ] {
            assert_eq!(profile(path), None, "{path}");
        }
    }

    #[test]
    fn a_url_has_the_path_that_its_profile_decodes() {
        let workflow = WorkflowId::derived(&["w"]);
        for profile in [
            WebhookProfile::Native,
            WebhookProfile::Refly,
            WebhookProfile::Hap,
        ] {
            let token = profile.new_token([7; 32]);
            let url = url(profile, "https://edge.example", workflow, &token);
            let target = url.strip_prefix("https://edge.example/").unwrap();
            let (path, query) = target.split_once('?').unwrap_or((target, ""));
            let mut inbound = Inbound::read(lambda_http::Request::default());
            inbound.segments = path.split('/').map(str::to_owned).collect();
            inbound.query = form_urlencoded::parse(query.as_bytes())
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect();
            assert_eq!(profile_of_route(&inbound), Some(profile));
            let command = decode(profile, inbound, Timestamp::from_millis(0)).unwrap();
            assert_eq!(command.token.reveal(), token.reveal());
        }
    }
}
