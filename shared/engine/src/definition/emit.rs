//! `emit`: the event as the document describes it. The worker publishes it.

use super::diagnostics::Diagnostics;
use super::fields::Fields;
use super::scope::Site;
use super::template::Template;

/// The attributes of a CloudEvent (DSL reference, "Event Properties"), some of them expressions.
#[derive(Debug)]
pub(crate) struct EventTemplate {
    pub(crate) attributes: Template,
}

impl EventTemplate {
    /// Reads `event.with`.
    pub(super) fn parse(
        mut emit: Fields<'_>,
        site: Site<'_>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        emit.require("event", diagnostics);
        let event = emit.object("event", diagnostics);
        emit.end(diagnostics);
        let mut event = event?;
        event.require("with", diagnostics);
        if let Some(mut with) = event.object("with", diagnostics) {
            with.require("type", diagnostics);
        }
        let attributes = event.template("with", site, diagnostics);
        event.end(diagnostics);
        Some(Self {
            attributes: attributes?,
        })
    }
}
