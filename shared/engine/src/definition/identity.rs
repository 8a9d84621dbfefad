//! `document` and `evaluate`: the version of the DSL, the identity of the workflow, and the expression language.

use super::diagnostics::Diagnostics;
use super::fields::Fields;

/// The namespace, name and version of a workflow.
#[derive(Debug)]
pub(super) struct WorkflowIdentity {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) version: String,
}

/// Reads `document`.
pub(super) fn read_identity(
    mut fields: Fields<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<WorkflowIdentity> {
    let mut text = |name: &str| {
        fields.require(name, diagnostics)?;
        fields.text(name, diagnostics).map(str::to_owned)
    };
    let (dsl, namespace, name, version) = (
        text("dsl"),
        text("namespace"),
        text("name"),
        text("version"),
    );
    if let Some(dsl) = dsl
        && !dsl.starts_with("1.0.")
    {
        diagnostics.add(
            &fields.at("dsl"),
            "must be a version 1.0 of the DSL, such as 1.0.3",
        );
    }
    for optional in ["title", "summary", "tags", "metadata"] {
        fields.ignore(optional);
    }
    fields.end(diagnostics);
    Some(WorkflowIdentity {
        namespace: namespace?,
        name: name?,
        version: version?,
    })
}

/// Checks `evaluate`: the language is jq, the mode is strict.
pub(super) fn check_evaluation(fields: &mut Fields<'_>, diagnostics: &mut Diagnostics) {
    let Some(mut evaluate) = fields.object("evaluate", diagnostics) else {
        return;
    };
    if evaluate
        .text("language", diagnostics)
        .is_some_and(|language| language != "jq")
    {
        diagnostics.add(&evaluate.at("language"), "must be jq");
    }
    if evaluate
        .text("mode", diagnostics)
        .is_some_and(|mode| mode != "strict")
    {
        diagnostics.add(&evaluate.at("mode"), "must be strict");
    }
    evaluate.end(diagnostics);
}
