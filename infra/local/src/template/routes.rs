//! The routes of the HTTP API: `AWS::ApiGatewayV2::Route` with its integration. Does not know how a request finds
//! its route.

use super::resolve::Resolver;
use super::resource::{Resource, function_name};
use super::{Route, Template, TemplateError};

pub(super) fn read(
    resource: &Resource<'_>,
    all: &[Resource<'_>],
    template: &Template,
) -> Result<Route, TemplateError> {
    let settings = &resource.properties;
    let key = settings.required_text("RouteKey")?;
    let (method, path) = match key.split_once(' ') {
        Some((method, path)) => (method.to_owned(), path.to_owned()),
        None if key == "$default" => ("ANY".to_owned(), key),
        None => return Err(settings.wrong("RouteKey", "is a method and a path, or $default")),
    };
    let target = settings.required_text("Target")?;
    let integration = target
        .strip_prefix("integrations/")
        .and_then(|logical_id| all.iter().find(|other| other.logical_id == logical_id))
        .filter(|other| other.kind == "AWS::ApiGatewayV2::Integration")
        .ok_or_else(|| settings.wrong("Target", "names no integration of this template"))?;
    let uri = integration.properties.required_text("IntegrationUri")?;
    let function = invoked_function(&uri, settings.resolver, template).ok_or_else(|| {
        integration
            .properties
            .wrong("IntegrationUri", "names no function of this template")
    })?;
    Ok(Route {
        method,
        path,
        function,
    })
}

/// The function of an integration, which names it by its ARN or by that of its alias, alone or within API Gateway's path to
/// Lambda.
fn invoked_function(uri: &str, resolver: &Resolver<'_>, template: &Template) -> Option<String> {
    let uri = uri.strip_suffix("/invocations").unwrap_or(uri);
    let arn_prefix = format!(
        ":lambda:{}:{}:function:",
        resolver.scope.region, resolver.scope.account_id
    );
    let at = uri.rfind(&arn_prefix)?;
    let name = function_name(&uri[at..]);
    template
        .function(name)
        .map(|function| function.name.clone())
}
