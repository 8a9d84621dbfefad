//! What each kind of gateway says of a request besides the request itself.

use lambda_http::request::RequestContext;

/// What only the gateway knows of a request.
pub(super) struct Context<'a> {
    pub(super) source_ip: Option<&'a str>,
    pub(super) request_id: Option<&'a str>,
    pub(super) route: Option<&'a str>,
    pub(super) domain_name: Option<&'a str>,
    pub(super) stage: Option<&'a str>,
    /// An HTTP API puts a named stage in front of the path, a REST API does not.
    stage_in_path: bool,
}

impl<'a> Context<'a> {
    pub(super) fn of(context: Option<&'a RequestContext>) -> Self {
        match context {
            Some(RequestContext::ApiGatewayV2(v2)) => Self {
                source_ip: v2.http.source_ip.as_deref(),
                request_id: v2.request_id.as_deref(),
                route: v2.route_key.as_deref(),
                domain_name: v2.domain_name.as_deref(),
                stage: v2.stage.as_deref().filter(|stage| *stage != "$default"),
                stage_in_path: true,
            },
            Some(RequestContext::ApiGatewayV1(v1)) => Self {
                source_ip: v1.identity.source_ip.as_deref(),
                request_id: v1.request_id.as_deref(),
                route: v1.resource_path.as_deref(),
                domain_name: v1.domain_name.as_deref(),
                stage: v1.stage.as_deref(),
                stage_in_path: false,
            },
            Some(_) | None => Self {
                source_ip: None,
                request_id: None,
                route: None,
                domain_name: None,
                stage: None,
                stage_in_path: false,
            },
        }
    }

    /// The path behind the stage, where the gateway puts a stage in front of it.
    pub(super) fn without_stage<'p>(&self, path: &'p str) -> &'p str {
        self.stage
            .filter(|_| self.stage_in_path)
            .and_then(|stage| path.strip_prefix('/')?.strip_prefix(stage))
            .filter(|rest| rest.starts_with('/'))
            .unwrap_or(path)
    }
}
