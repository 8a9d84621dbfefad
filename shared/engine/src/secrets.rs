//! Secrets: what expressions may read, and what nothing that leaves the engine shows.
//!
//! Hiding finds the texts of the secrets inside other texts, as they are and in the encodings that calls put them in.
//! Knows nothing of where secrets are kept.

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use url::form_urlencoded;

/// Shorter texts are not hidden: they would be found everywhere.
const LEAST_CHARS: usize = 4;

/// The values of the secrets that a definition declares. Cheap to clone; its `Debug` shows names only.
#[derive(Clone, Default)]
pub struct Secrets {
    values: Arc<Map<String, Value>>,
    cover: Option<Arc<Cover>>,
}

/// What is hidden, and what stands there instead.
struct Cover {
    /// Nothing when there is no telling what to hide: then nothing is shown.
    texts: Option<AhoCorasick>,
    instead: Vec<String>,
}

impl Secrets {
    /// Values by name; of an array or object, every text inside it is hidden.
    pub fn new(values: Map<String, Value>) -> Self {
        let mut hidden = BTreeMap::new();
        for (name, value) in &values {
            let mut texts = Vec::new();
            collect(value, &mut texts);
            for form in texts.into_iter().flat_map(forms) {
                hidden.entry(form).or_insert(format!("[secret {name}]"));
            }
        }
        let (texts, instead): (Vec<String>, Vec<String>) = hidden.into_iter().unzip();
        let mut builder = AhoCorasick::builder();
        let texts = builder.match_kind(MatchKind::LeftmostLongest).build(texts);
        Self {
            cover: (!instead.is_empty()).then(|| {
                Arc::new(Cover {
                    texts: texts.ok(),
                    instead,
                })
            }),
            values: Arc::new(values),
        }
    }

    /// The first of these names that has no value.
    pub(crate) fn missing<'n>(&self, names: &'n [String]) -> Option<&'n str> {
        let missing = names.iter().find(|name| !self.values.contains_key(*name));
        missing.map(String::as_str)
    }

    /// `$secrets`: the values of these names.
    pub(crate) fn of(&self, names: &[String]) -> Value {
        let known = names.iter().filter_map(|name| {
            let value = self.values.get(name)?;
            Some((name.clone(), value.clone()))
        });
        Value::Object(known.collect())
    }

    /// The text as it may be shown.
    pub(crate) fn hide(&self, text: &mut String) {
        let Some(cover) = &self.cover else {
            return;
        };
        match &cover.texts {
            Some(texts) if texts.is_match(text.as_str()) => {
                *text = texts.replace_all(text, &cover.instead);
            }
            Some(_) => {}
            None => "[secret]".clone_into(text),
        }
    }

    /// The value as it may be shown, the names of its properties, too.
    pub(crate) fn hide_in(&self, value: &mut Value) {
        if self.cover.is_none() {
            return;
        }
        match value {
            Value::String(text) => self.hide(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.hide_in(item)),
            Value::Object(map) => {
                let entries = std::mem::take(map).into_iter();
                *map = entries
                    .map(|(mut name, mut value)| {
                        self.hide(&mut name);
                        self.hide_in(&mut value);
                        (name, value)
                    })
                    .collect();
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

/// Every text inside the value that is long enough.
fn collect<'v>(value: &'v Value, texts: &mut Vec<&'v str>) {
    match value {
        Value::String(text) if text.chars().count() >= LEAST_CHARS => texts.push(text),
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(map) => map.values().for_each(|item| collect(item, texts)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The text, and what it becomes in JSON, in a URI, in a form and in base64.
fn forms(text: &str) -> Vec<String> {
    let json = Value::from(text).to_string();
    let form: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let mut forms = vec![
        text.to_owned(),
        json.get(1..json.len() - 1).unwrap_or_default().to_owned(),
        utf8_percent_encode(text, NON_ALPHANUMERIC).to_string(),
        utf8_percent_encode(text, crate::run::RESERVED).to_string(),
        form,
    ];
    for ahead in 0..3 {
        forms.extend(base64_inside(text.as_bytes(), ahead));
    }
    forms.retain(|form| form.len() >= LEAST_CHARS);
    forms
}

/// What is always found in the base64 of a longer text that has the secret in it, after so many bytes modulo three:
/// the characters that stand for bits of the secret alone.
fn base64_inside(secret: &[u8], ahead: usize) -> Vec<String> {
    let mut bytes = vec![0; ahead];
    bytes.extend_from_slice(secret);
    let (from, to) = ((ahead * 8).div_ceil(6), bytes.len() * 8 / 6);
    let inside = |encoded: String| encoded.get(from..to).map(str::to_owned);
    [STANDARD.encode(&bytes), URL_SAFE.encode(&bytes)]
        .into_iter()
        .filter_map(inside)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{STANDARD, Secrets};
    use base64::Engine as _;
    use serde_json::{Value, json};

    fn secrets() -> Secrets {
        let values = json!({
            "key": "p@ss/w?rd \"1\"", "login": {"username": "adam", "password": "hunter22"}, "pin": "123",
        });
        match values {
            Value::Object(values) => Secrets::new(values),
            _ => Secrets::default(),
        }
    }

    fn shown(text: &str) -> String {
        let mut text = text.to_owned();
        secrets().hide(&mut text);
        text
    }

    #[test]
    fn a_secret_is_hidden_as_it_is_and_in_every_encoding() {
        assert_eq!(shown("a p@ss/w?rd \"1\" b"), "a [secret key] b");
        assert_eq!(
            shown(r#"{"a":"p@ss/w?rd \"1\""}"#),
            r#"{"a":"[secret key]"}"#
        );
        assert_eq!(shown("?k=p%40ss%2Fw%3Frd%20%221%22&x"), "?k=[secret key]&x");
        assert_eq!(shown("k=p%40ss%2Fw%3Frd+%221%22"), "k=[secret key]");
        assert_eq!(shown("123"), "123");
        assert_eq!(shown("nothing"), "nothing");
    }

    #[test]
    fn a_secret_is_hidden_wherever_it_stands_in_base64() {
        for ahead in ["", "a", "ab", "abc"] {
            for behind in ["", ":", "::", ":::"] {
                let encoded = STANDARD.encode(format!("{ahead}hunter22{behind}"));
                let text = shown(&format!("Basic {encoded}"));
                assert!(text.contains("[secret login]"), "{ahead}{behind}: {text}");
            }
        }
    }

    #[test]
    fn values_are_hidden_through_and_through() {
        let mut value = json!({"hunter22": ["x hunter22 y", {"a": 1}]});
        secrets().hide_in(&mut value);
        assert_eq!(
            value,
            json!({"[secret login]": ["x [secret login] y", {"a": 1}]})
        );
    }

    #[test]
    fn its_debug_form_shows_names_only() {
        let text = format!("{:?}", secrets());
        assert!(text.contains("login"));
        assert!(!text.contains("hunter22"));
    }
}
