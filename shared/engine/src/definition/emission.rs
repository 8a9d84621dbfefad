//! `emit`: the event as the document describes it. Who receives it, others know.

use super::fields::{Fields, Findings};
use super::template::{Place, Scope, Templated};

/// The attributes of a CloudEvent (DSL reference, "Event Properties"), some of them expressions.
#[derive(Debug)]
pub(crate) struct Emission {
    pub(crate) attributes: Templated,
}

impl Emission {
    /// Reads `event.with`.
    pub(super) fn parse(
        mut emit: Fields<'_>,
        at: (&Scope, Place),
        findings: &mut Findings,
    ) -> Option<Self> {
        emit.require("event", findings);
        let event = emit.object("event", findings);
        emit.end(findings);
        let mut event = event?;
        event.require("with", findings);
        if let Some(mut with) = event.object("with", findings) {
            with.require("source", findings);
            with.require("type", findings);
        }
        let attributes = event.template("with", at, findings);
        event.end(findings);
        Some(Self {
            attributes: attributes?,
        })
    }
}
