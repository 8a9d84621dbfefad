//! `call: openapi`: which operation of which description to call. The description itself is read when the task runs.

use super::authentication::Authentication;
use super::call::{Exchange, endpoint};
use super::components::Components;
use super::fields::{Fields, Findings};
use super::template::{Place, Scope, Templated};

/// DSL reference, "OpenAPI Call".
#[derive(Debug)]
pub(crate) struct OpenApiRequest {
    /// Where the description is.
    pub(crate) document: Templated,
    pub(crate) operation: String,
    pub(crate) parameters: Option<Templated>,
    pub(crate) exchange: Exchange,
}

impl OpenApiRequest {
    /// Reads the `with` of a task that calls `openapi`.
    pub(super) fn parse(
        task: &mut Fields<'_>,
        at: (&Scope, Place),
        components: Components<'_>,
        findings: &mut Findings,
    ) -> Option<Self> {
        let Some(mut with) = task.object("with", findings) else {
            findings.add(&task.pointer, "`with` is missing");
            return None;
        };
        with.require("document", findings);
        let document = with.object("document", findings).and_then(|mut document| {
            document.ignore("name");
            let (uri, authentication) = endpoint(&mut document, at, components, findings)?;
            if authentication.is_some() {
                findings.add(
                    &document.pointer,
                    "the description must be open to everybody",
                );
            }
            document.end(findings);
            Some(uri)
        });
        with.require("operationId", findings);
        let operation = with.text("operationId", findings).map(str::to_owned);
        let parameters = with.template("parameters", at, findings);
        let exchange = Exchange::parse(&mut with, findings);
        let authentication = Authentication::referred(&mut with, at, components, findings);
        with.end(findings);
        let exchange = Exchange {
            authentication,
            ..exchange
        };
        Some(Self {
            document: document?,
            operation: operation?,
            parameters,
            exchange,
        })
    }
}
