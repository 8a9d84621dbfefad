//! The path of a value within a body: names with dots between them. A dot or backslash that belongs to a name has a
//! backslash before it. It does not know what is at the path.

/// The path of a value, from the names of the objects around it and its own.
pub fn body_path<S: AsRef<str>>(names: &[S]) -> String {
    let escaped: Vec<String> = names
        .iter()
        .map(|name| name.as_ref().replace('\\', r"\\").replace('.', r"\."))
        .collect();
    escaped.join(".")
}

/// The names of a path that [`body_path`] wrote.
pub fn body_names(path: &str) -> Vec<String> {
    segments(path).unwrap_or_else(|| vec![path.to_owned()])
}

/// The names of a path; `None` where one is empty, or a backslash escapes neither a dot nor a backslash.
pub(super) fn segments(path: &str) -> Option<Vec<String>> {
    let mut segments = vec![String::new()];
    let mut characters = path.chars();
    while let Some(character) = characters.next() {
        match character {
            '.' => segments.push(String::new()),
            '\\' => match characters.next() {
                Some(escaped @ ('.' | '\\')) => segments.last_mut()?.push(escaped),
                _ => return None,
            },
            other => segments.last_mut()?.push(other),
        }
    }
    segments
        .iter()
        .all(|segment| !segment.is_empty())
        .then_some(segments)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_dot_within_a_name_is_escaped() {
        assert_eq!(segments("order.id").unwrap(), ["order", "id"]);
        assert_eq!(segments(r"a\.b.c\\").unwrap(), ["a.b", r"c\"]);
        for malformed in ["", ".a", "a.", "a..b", r"a\", r"a\b"] {
            assert_eq!(segments(malformed), None, "{malformed}");
        }
    }

    proptest! {
        #[test]
        fn every_path_reads_back(names in prop::collection::vec(".{1,8}", 1..5)) {
            prop_assert_eq!(segments(&body_path(&names)), Some(names));
        }
    }
}
