//! `call: openapi`: the operation to call, and where its description is. The description is fetched when the task runs.

use super::authentication::Authentication;
use super::call::{CallOptions, endpoint};
use super::components::Components;
use super::diagnostics::Diagnostics;
use super::fields::Fields;
use super::scope::Site;
use super::template::Template;

/// DSL reference, "OpenAPI Call".
#[derive(Debug)]
pub(crate) struct OpenApiRequest {
    /// The URI of the description.
    pub(crate) document: Template,
    pub(crate) operation: String,
    pub(crate) parameters: Option<Template>,
    pub(crate) options: CallOptions,
}

impl OpenApiRequest {
    /// Reads the `with` of a task that calls `openapi`.
    pub(super) fn parse(
        task: &mut Fields<'_>,
        site: Site<'_>,
        components: Components<'_>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        let Some(mut with) = task.object("with", diagnostics) else {
            diagnostics.add(&task.pointer, "`with` is missing");
            return None;
        };
        let document = description_uri(&mut with, site, components, diagnostics);
        with.require("operationId", diagnostics);
        let operation = with.text("operationId", diagnostics).map(str::to_owned);
        let parameters = with.template("parameters", site, diagnostics);
        let options = CallOptions::parse(&mut with, diagnostics);
        let authentication =
            Authentication::parse_reference(&mut with, site, components, diagnostics);
        with.end(diagnostics);
        let options = CallOptions {
            authentication,
            ..options
        };
        Some(Self {
            document: document?,
            operation: operation?,
            parameters,
            options,
        })
    }
}

/// `document`: the URI of the description.
fn description_uri(
    with: &mut Fields<'_>,
    site: Site<'_>,
    components: Components<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Template> {
    with.require("document", diagnostics);
    let mut document = with.object("document", diagnostics)?;
    document.ignore("name");
    let (uri, authentication) = endpoint(&mut document, site, components, diagnostics)?;
    if authentication.is_some() {
        let reason = "must have no authentication: the description is fetched without it";
        diagnostics.add(&document.pointer, reason);
    }
    document.end(diagnostics);
    Some(uri)
}
