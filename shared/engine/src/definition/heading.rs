//! The head of a document: which DSL it is written in, what it is called, how its expressions are meant.

use super::fields::{Fields, Findings};

/// What the document says of itself.
pub(super) struct Heading {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) version: String,
}

/// Reads `document`.
pub(super) fn read_heading(mut fields: Fields<'_>, findings: &mut Findings) -> Option<Heading> {
    let mut text = |name: &str| {
        fields.require(name, findings)?;
        fields.text(name, findings).map(str::to_owned)
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
        findings.add(
            &fields.at("dsl"),
            "must be a version 1.0 of the DSL, such as 1.0.3",
        );
    }
    for optional in ["title", "summary", "tags", "metadata"] {
        fields.ignore(optional);
    }
    fields.end(findings);
    Some(Heading {
        namespace: namespace?,
        name: name?,
        version: version?,
    })
}

/// Expressions are jq, in strict mode.
pub(super) fn check_evaluation(fields: &mut Fields<'_>, findings: &mut Findings) {
    let Some(mut evaluate) = fields.object("evaluate", findings) else {
        return;
    };
    if evaluate
        .text("language", findings)
        .is_some_and(|language| language != "jq")
    {
        findings.add(&evaluate.at("language"), "must be jq");
    }
    if evaluate
        .text("mode", findings)
        .is_some_and(|mode| mode != "strict")
    {
        findings.add(&evaluate.at("mode"), "must be strict");
    }
    evaluate.end(findings);
}
