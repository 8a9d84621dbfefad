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

/// The most characters of a namespace or a name, as in the schema of the DSL.
const MAX_NAME_CHARS: usize = 63;
/// The most characters of a version.
const MAX_VERSION_CHARS: usize = 63;

/// Checks a namespace or a name (schema of the DSL, `WorkflowNamespace`, `WorkflowName`). The error is a sentence for the
/// author.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    let is_valid = name.len() <= MAX_NAME_CHARS
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !name.is_empty()
        && !name.starts_with('-')
        && !name.ends_with('-');
    match is_valid {
        true => Ok(()),
        false => Err(format!(
            "must be letters, digits and hyphens, at most {MAX_NAME_CHARS}, with no hyphen at either end"
        )),
    }
}

/// Checks a version (semantic versioning 2.0.0). The error is a sentence for the author.
pub(super) fn check_version(version: &str) -> Result<(), String> {
    if version.len() <= MAX_VERSION_CHARS && is_semantic(version) {
        return Ok(());
    }
    Err(format!(
        "must be a semantic version such as 1.0.0, of at most {MAX_VERSION_CHARS} characters"
    ))
}

fn is_semantic(version: &str) -> bool {
    let (version, build) = version.split_once('+').unwrap_or((version, "0"));
    let (core, pre_release) = version.split_once('-').unwrap_or((version, "0"));
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let has_no_leading_zero = |part: &str| part == "0" || !part.starts_with('0');
    let is_word = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let core: Vec<&str> = core.split('.').collect();
    core.len() == 3
        && core
            .iter()
            .all(|part| is_word(part) && is_number(part) && has_no_leading_zero(part))
        && pre_release
            .split('.')
            .all(|part| is_word(part) && (!is_number(part) || has_no_leading_zero(part)))
        && build.split('.').all(is_word)
}

/// Reads `document`.
pub(super) fn read_identity(
    mut fields: Fields<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<WorkflowIdentity> {
    let mut text = |name: &str| {
        fields.require(name, diagnostics)?;
        let text = fields.text(name, diagnostics)?;
        let checked = match name {
            "dsl" if text.starts_with("1.0.") => Ok(()),
            "dsl" => Err("must be a version 1.0 of the DSL, such as 1.0.3".to_owned()),
            "version" => check_version(text),
            _ => check_name(text),
        };
        if let Err(reason) = checked {
            diagnostics.add(&fields.at(name), reason);
        }
        Some(text.to_owned())
    };
    let (_, namespace, name, version) = (
        text("dsl"),
        text("namespace"),
        text("name"),
        text("version"),
    );
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
    for (property, only) in [("language", "jq"), ("mode", "strict")] {
        if evaluate
            .text(property, diagnostics)
            .is_some_and(|given| given != only)
        {
            diagnostics.add(&evaluate.at(property), format!("must be {only}"));
        }
    }
    evaluate.end(diagnostics);
}

#[cfg(test)]
mod tests {
    use super::{check_name, check_version};

    #[test]
    fn names_are_those_of_the_dsl() {
        let longest = "a".repeat(63);
        for name in ["a", "order-2", "Order", longest.as_str()] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        let too_long = "a".repeat(64);
        for name in [
            "",
            "-a",
            "a-",
            "a b",
            "shop/order",
            "order#evil",
            "a.b",
            "ä",
            too_long.as_str(),
        ] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn versions_are_semantic() {
        for version in [
            "0.0.0",
            "1.2.3",
            "1.0.0-rc.1",
            "1.0.0-0a",
            "1.0.0+build.01",
            "10.20.30-a-b+c",
        ] {
            assert!(check_version(version).is_ok(), "{version}");
        }
        let too_long = format!("1.0.0-{}", "a".repeat(63));
        for version in [
            "",
            "1",
            "1.0",
            "01.0.0",
            "1.0.0-",
            "1.0.0-01",
            "1.0.0+",
            "latest",
            "1.0.0#x",
            too_long.as_str(),
        ] {
            assert!(check_version(version).is_err(), "{version}");
        }
    }
}
