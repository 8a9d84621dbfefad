//! Paths such as `.body.id` and `$input.id`, as most expressions are: answered where they are asked for, without the
//! interpreter, its thread, or a copy of the whole input. Every other expression is left to the interpreter, and so is a path
//! that fails or leads to a large value or an unusual number. Knows nothing of the interpreter.

use serde_json::{Number, Value};

use super::{Evaluated, Request, Source};

/// Results that take no more bytes of JSON are answered here.
const SMALL_RESULT_BYTES: usize = 64 << 10;
/// Results that nest no deeper are, too.
const SHALLOW_RESULT_DEPTH: usize = 32;
/// The longest JSON of a character: `\u001f`.
const BYTES_OF_A_CHARACTER: usize = 6;
/// Integers up to so many digits are written as every program writes them.
const PLAIN_DIGITS: usize = 15;

/// The results, if every expression is a path to a value that can be copied as it is.
pub(super) fn answer(request: &Request) -> Option<Evaluated> {
    let mut left_bytes = SMALL_RESULT_BYTES;
    let mut work_units = 0;
    let mut results = Vec::with_capacity(request.sources.len());
    for source in &request.sources {
        let value = value_at(source, request)?;
        let before_bytes = left_bytes;
        if !fits(value, &mut left_bytes, SHALLOW_RESULT_DEPTH) {
            return None;
        }
        work_units += (source.text.len() + before_bytes - left_bytes) as u64;
        results.push(value.clone());
    }
    Some(Evaluated {
        outcome: Ok(results),
        work_units,
    })
}

fn value_at<'r>(source: &Source, request: &'r Request) -> Option<&'r Value> {
    let text = &*source.text;
    if text == "." {
        return Some(&request.input);
    }
    let (variable, path) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut value = match variable {
        "" if path.is_empty() => return None,
        "" => &request.input,
        name => {
            let position = source.names.iter().position(|known| known == name)?;
            request.arguments.get(position)?
        }
    };
    for name in path.split('.').skip(1) {
        value = match value {
            _ if !is_name(name) => return None,
            Value::Object(members) => members.get(name).unwrap_or(&Value::Null),
            Value::Null => value,
            _ => return None,
        };
    }
    Some(value)
}

fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn fits(value: &Value, left_bytes: &mut usize, left_depth: usize) -> bool {
    let of_text = |text: &str| text.len() * BYTES_OF_A_CHARACTER + 4;
    let own_bytes = match value {
        Value::Null | Value::Bool(_) => 8,
        Value::Number(number) if !is_plain(number) => return false,
        Value::Number(_) => PLAIN_DIGITS + 4,
        Value::String(text) => of_text(text),
        Value::Array(_) => 4,
        Value::Object(members) => 4 + members.keys().map(|key| of_text(key)).sum::<usize>(),
    };
    let Some(left) = left_bytes.checked_sub(own_bytes) else {
        return false;
    };
    *left_bytes = left;
    match value {
        Value::Array(_) | Value::Object(_) if left_depth == 0 => false,
        Value::Array(items) => items
            .iter()
            .all(|item| fits(item, left_bytes, left_depth - 1)),
        Value::Object(members) => members
            .values()
            .all(|member| fits(member, left_bytes, left_depth - 1)),
        _ => true,
    }
}

fn is_plain(number: &Number) -> bool {
    let digits = number.as_str().trim_start_matches('-');
    number.as_str() != "-0"
        && digits.len() <= PLAIN_DIGITS
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::sandbox::Sandbox;

    fn request(texts: &[&str], input: Value) -> Request {
        let names: Arc<[String]> = Arc::from(["$context".to_owned(), "$input".to_owned()]);
        let source = |text: &&str| Source {
            text: Arc::from(*text),
            names: names.clone(),
        };
        Request {
            sources: texts.iter().map(source).collect(),
            arguments: vec![json!({"a": {"b": "of $context"}}), input.clone()],
            input,
            now_ms: 0,
        }
    }

    fn results(texts: &[&str], input: Value) -> Option<Vec<Value>> {
        answer(&request(texts, input)).map(|evaluated| evaluated.outcome.unwrap())
    }

    #[test]
    fn members_of_input_and_variables_are_found_and_absent_ones_are_null() {
        let input = json!({"a": {"b": [1, {"c": -2}]}, "n": null});
        let texts = [".", ".a.b", ".n.x.y", ".absent", "$context.a.b", "$input"];
        let found = results(&texts, input.clone()).unwrap();
        let b = json!([1, {"c": -2}]);
        let expected = [
            input.clone(),
            b,
            Value::Null,
            Value::Null,
            json!("of $context"),
            input,
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn the_interpreter_gets_what_is_no_path_what_fails_and_what_may_be_written_otherwise() {
        for text in [
            ".a[0]",
            ".a | .b",
            ". a",
            ".a.",
            "..",
            ".\"a\"",
            ".é",
            "$other",
            "$context.",
            "a",
            "",
            ".[]",
            ".a?",
        ] {
            assert_eq!(results(&[text], json!({"a": {"b": 1}})), None, "{text}");
        }
        for value in [
            json!(1.0),
            "1e2".parse().unwrap(),
            "-0".parse().unwrap(),
            json!(1_000_000_000_000_000_u64),
            json!("x".repeat(SMALL_RESULT_BYTES / BYTES_OF_A_CHARACTER + 1)),
            (0..=SHALLOW_RESULT_DEPTH).fold(json!([]), |inner, _| json!([inner])),
        ] {
            assert!(results(&[".a"], json!({"a": value})).is_none());
        }
        let deep = (1..SHALLOW_RESULT_DEPTH).fold(json!([]), |inner, _| json!([inner]));
        let long = json!("x".repeat(SMALL_RESULT_BYTES / BYTES_OF_A_CHARACTER - 1));
        for value in [deep, long, json!(-999_999_999_999_999_i64)] {
            let found = results(&[".a"], json!({"a": value}));
            assert!(found == Some(vec![value]));
        }
        let path_through_a_number = results(&[".a.b"], json!({"a": 1}));
        assert_eq!(path_through_a_number, None);
        assert_eq!(results(&[".a", ".a + 1"], json!({"a": 1})), None);
    }

    fn values() -> impl Strategy<Value = Value> {
        let numbers = [
            "0",
            "-1",
            "-0",
            "1.50",
            "1e3",
            "12345678901234567890123",
            "999999999999999",
            "1e400",
        ];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            "[a-c\u{0}é\"]{0,3}".prop_map(Value::from),
            prop::sample::select(numbers.to_vec()).prop_map(|text| text.parse().unwrap()),
        ];
        leaf.prop_recursive(4, 24, 3, |inner| {
            let names = prop::sample::select(vec!["b", "a", "_c", "d e"]);
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::vec((names, inner), 0..3).prop_map(|members| {
                    members
                        .into_iter()
                        .map(|(name, value)| (name.to_owned(), value))
                        .collect()
                }),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_path_gives_what_the_interpreter_gives(
            input in values(),
            texts in prop::collection::vec("(\\.|\\$input|\\$context|(\\.(a|b|_c)){1,3}|\\$input(\\.(a|b)){1,2})", 1..3),
        ) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            if let Some(found) = results(&texts, input.clone()) {
                let interpreted = Sandbox::new().interpret(request(&texts, input)).unwrap();
                let written = |values: &[Value]| serde_json::to_string(values).unwrap();
                prop_assert_eq!(written(&found), written(&interpreted.outcome.unwrap()));
            }
        }
    }
}
