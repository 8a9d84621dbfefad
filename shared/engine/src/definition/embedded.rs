//! Finds `${ … }` inside of a longer text. The DSL evaluates only strings that are one expression as a whole, so the author
//! most likely means string interpolation.

/// A part of a text.
#[derive(Debug, PartialEq, Eq)]
enum Part<'t> {
    Text(&'t str),
    Expression(&'t str),
}

/// A sentence that says how to write a text which has expressions inside; `None` if it has none.
pub(super) fn embedded_expression_problem(text: &str) -> Option<String> {
    let parts = parts(text);
    let has_expression = parts.iter().any(|part| matches!(part, Part::Expression(_)));
    let is_one_expression = matches!(parts.as_slice(), [Part::Expression(_)]);
    if !has_expression || is_one_expression {
        return None;
    }
    Some(format!(
        "an expression inside a text is not evaluated: write ${{ \"{}\" }}",
        interpolated(&parts)
    ))
}

/// The parts of a text. White space around them does not count.
fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    while let Some((before, after)) = rest.split_once("${") {
        let Some(length) = expression_length(after) else {
            break;
        };
        let (expression, behind) = after.split_at(length);
        if !before.is_empty() {
            parts.push(Part::Text(before));
        }
        parts.push(Part::Expression(expression.trim()));
        rest = behind.strip_prefix('}').unwrap_or(behind);
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    parts
}

/// What the scanner is inside of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Braces,
    Parentheses,
    String,
}

/// The bytes up to the `}` that closes the expression at the beginning of the text. Strings of jq, and interpolation in
/// them, may contain braces.
fn expression_length(text: &str) -> Option<usize> {
    let mut open = Vec::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        let is_string = open.last() == Some(&Inside::String);
        match character {
            '\\' if is_string => {
                if let Some((_, '(')) = characters.next() {
                    open.push(Inside::Parentheses);
                }
            }
            '"' if is_string => drop(open.pop()),
            _ if is_string => {}
            '"' => open.push(Inside::String),
            '{' => open.push(Inside::Braces),
            '(' => open.push(Inside::Parentheses),
            '}' if open.is_empty() => return Some(at),
            '}' if open.last() == Some(&Inside::Braces) => drop(open.pop()),
            ')' if open.last() == Some(&Inside::Parentheses) => drop(open.pop()),
            _ => {}
        }
    }
    None
}

/// The text as the inside of a jq string.
fn interpolated(parts: &[Part<'_>]) -> String {
    parts
        .iter()
        .map(|part| match part {
            Part::Text(text) => {
                let quoted = serde_json::Value::from(*text).to_string();
                quoted
                    .get(1..quoted.len() - 1)
                    .unwrap_or_default()
                    .to_owned()
            }
            Part::Expression(expression) => format!("\\({expression})"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::embedded_expression_problem;

    fn fix(text: &str) -> Option<String> {
        let problem = embedded_expression_problem(text)?;
        let (_, fix) = problem.split_once("write ")?;
        Some(fix.to_owned())
    }

    #[test]
    fn an_expression_inside_a_text_is_reported_with_its_fix() {
        for (text, expected) in [
            ("Hello ${ .n }!", r#"${ "Hello \(.n)!" }"#),
            ("${ .a }-${ .b }", r#"${ "\(.a)-\(.b)" }"#),
            ("a ${ {b: 1} | .b }", r#"${ "a \({b: 1} | .b)" }"#),
            ("say \"${.n}\"", r#"${ "say \"\(.n)\"" }"#),
            (r#"x ${ "}\("}")" } y"#, r#"${ "x \("}\("}")") y" }"#),
        ] {
            assert_eq!(fix(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn one_expression_and_texts_without_any_are_accepted() {
        for text in [
            "${ .n }",
            "  ${ {a: {b: .n}} } ",
            r#"${ "a } ${b} \({c: "}"})" }"#,
            "Hello {n}",
            "$5 {off}",
            "a ${ without an end",
            "",
        ] {
            assert_eq!(embedded_expression_problem(text), None, "{text}");
        }
    }
}
