//! The files that the variables of an event name: each value that is a key, or a list of keys. Text that only looks like one
//! stays text.

use serde_json::Value;

use crate::{FileKey, WebhookRequest, event};

const VARIABLES: &str = "variables";
/// What every key begins with.
const PREFIX: &str = "of_";
/// Where a file stands in an event that another workflow passed on.
const KEY: &str = "fileKey";

/// The variables of an event that name files, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedFiles {
    names: Vec<(String, Vec<FileKey>)>,
}

impl NamedFiles {
    /// Finds them in an event. Where there are none, nothing is allocated.
    pub fn of(event: &Value) -> Self {
        let variables = event.get(VARIABLES).and_then(Value::as_object);
        let named = variables.into_iter().flatten().filter_map(|(name, value)| {
            let keys = keys(value)?;
            Some((name.clone(), keys))
        });
        Self {
            names: named.collect(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Every key once, with the variable that names it first.
    pub fn keys(&self) -> Vec<(&str, FileKey)> {
        let mut keys: Vec<(&str, FileKey)> = Vec::new();
        for (name, named) in &self.names {
            for key in named {
                if keys.iter().all(|(_, known)| known != key) {
                    keys.push((name, *key));
                }
            }
        }
        keys
    }

    /// Puts what a key stands for in its place.
    pub fn replace(&self, event: &mut Value, file: impl Fn(FileKey) -> Value) {
        for (name, _) in &self.names {
            let Some(value) = event.get_mut(VARIABLES).and_then(|all| all.get_mut(name)) else {
                continue;
            };
            match value {
                Value::Array(items) => items.iter_mut().for_each(|item| replace(item, &file)),
                single => replace(single, &file),
            }
        }
    }
}

fn replace(value: &mut Value, file: &impl Fn(FileKey) -> Value) {
    if let Some(key) = key(value) {
        *value = file(key);
    }
}

/// A key, or a list that is of keys alone.
fn keys(value: &Value) -> Option<Vec<FileKey>> {
    match value {
        Value::Array(items) if !items.is_empty() => items.iter().map(key).collect(),
        single => key(single).map(|key| vec![key]),
    }
}

/// A key as a sender writes it, or the file that it became in the workflow that passes it on.
fn key(value: &Value) -> Option<FileKey> {
    let text = match value {
        Value::String(text) => text,
        Value::Object(file) => file.get(KEY)?.as_str()?,
        _ => return None,
    };
    match text.starts_with(PREFIX) {
        true => FileKey::parse(text).ok(),
        false => None,
    }
}

/// The files that the event of a stored request names. A body without the prefix of keys is not parsed.
pub fn named_files(request: &WebhookRequest) -> NamedFiles {
    let mentions =
        |bytes: &[u8]| std::str::from_utf8(bytes).is_ok_and(|text| text.contains(PREFIX));
    if !mentions(&request.body) {
        return NamedFiles::default();
    }
    event(request).map_or_else(|_| NamedFiles::default(), |event| NamedFiles::of(&event))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn key(name: &str) -> FileKey {
        FileKey::derived(&[name])
    }

    #[test]
    fn a_key_and_a_list_of_keys_are_files_and_all_else_is_text() {
        let (a, b) = (key("a"), key("b"));
        let mut event = json!({
            "top": a,
            "variables": {
                "name": "Ada",
                "report": a,
                "pages": [a, b],
                "passed": {"fileKey": b, "name": "b.txt"},
                "mixed": [a, "text"],
                "none": [],
                "near": "of_course",
                "short": "of_1",
                "number": 1,
                "deep": {"report": a},
            },
        });
        let named = NamedFiles::of(&event);
        assert_eq!(named.keys(), [("report", a), ("pages", b)]);
        named.replace(&mut event, |key| json!({"file": key}));
        assert_eq!(
            event,
            json!({
                "top": a,
                "variables": {
                    "name": "Ada",
                    "report": {"file": a},
                    "pages": [{"file": a}, {"file": b}],
                    "passed": {"file": b},
                    "mixed": [a, "text"],
                    "none": [],
                    "near": "of_course",
                    "short": "of_1",
                    "number": 1,
                    "deep": {"report": a},
                },
            })
        );
    }

    #[test]
    fn an_event_without_variables_names_none() {
        for event in [
            json!({}),
            json!({"variables": null}),
            json!({"variables": [key("a")]}),
            json!({"variables": {}}),
            json!([1]),
        ] {
            assert!(NamedFiles::of(&event).is_empty(), "{event}");
        }
    }
}
