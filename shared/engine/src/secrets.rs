//! Secrets: expressions can read them, and history does not show them.
//!
//! Redaction replaces the texts of secrets inside other texts, plain and in the encodings that calls use. Knows nothing of
//! where secrets are stored.

use crate::uri::{percent_encode, percent_encode_all};
use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use url::form_urlencoded;

/// The fewest characters of a text that is redacted: shorter ones would match everywhere.
const MIN_CHARS: usize = 4;

/// The values of the secrets that a definition declares. Cheap to clone; its `Debug` shows names only.
#[derive(Clone, Default)]
pub struct Secrets {
    values: Arc<Map<String, Value>>,
    redactor: Option<Arc<Redactor>>,
}

/// The texts to redact, and their replacements.
struct Redactor {
    /// `None` if the matcher could not be built: then every text is replaced.
    texts: Option<AhoCorasick>,
    replacements: Vec<String>,
}

impl Secrets {
    /// Secrets from values by name; of an array or object, every text inside it is redacted.
    pub fn new(values: Map<String, Value>) -> Self {
        let mut redacted = BTreeMap::new();
        for (name, value) in &values {
            let mut texts = Vec::new();
            collect(value, &mut texts);
            for form in texts.into_iter().flat_map(encodings) {
                redacted.entry(form).or_insert(format!("[secret {name}]"));
            }
        }
        let (texts, replacements): (Vec<String>, Vec<String>) = redacted.into_iter().unzip();
        let mut builder = AhoCorasick::builder();
        let texts = builder.match_kind(MatchKind::LeftmostLongest).build(texts);
        Self {
            redactor: (!replacements.is_empty()).then(|| {
                Arc::new(Redactor {
                    texts: texts.ok(),
                    replacements,
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

    /// Replaces secrets in a text.
    pub(crate) fn redact(&self, text: &mut String) {
        let Some(redactor) = &self.redactor else {
            return;
        };
        match &redactor.texts {
            Some(texts) if texts.is_match(text.as_str()) => {
                *text = texts.replace_all(text, &redactor.replacements);
            }
            Some(_) => {}
            None => "[secret]".clone_into(text),
        }
    }

    /// Replaces secrets in a value, also in the names of its properties.
    pub(crate) fn redact_value(&self, value: &mut Value) {
        if self.redactor.is_none() {
            return;
        }
        match value {
            Value::String(text) => self.redact(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.redact_value(item)),
            Value::Object(map) => {
                let entries = std::mem::take(map).into_iter();
                *map = entries
                    .map(|(mut name, mut value)| {
                        self.redact(&mut name);
                        self.redact_value(&mut value);
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
        Value::String(text) if text.chars().count() >= MIN_CHARS => texts.push(text),
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(map) => map.values().for_each(|item| collect(item, texts)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The text, plain and encoded for JSON, URIs, forms and base64.
fn encodings(text: &str) -> Vec<String> {
    let json = Value::from(text).to_string();
    let form: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let mut encodings = vec![
        text.to_owned(),
        json.get(1..json.len() - 1).unwrap_or_default().to_owned(),
        percent_encode_all(text),
        percent_encode(text),
        form,
    ];
    for ahead in 0..3 {
        encodings.extend(base64_inside(text.as_bytes(), ahead));
    }
    encodings.retain(|form| form.len() >= MIN_CHARS);
    encodings
}

/// The part of the base64 of a longer text that depends on the secret alone, where `ahead` is the number of bytes before
/// the secret, modulo three.
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
        secrets().redact(&mut text);
        text
    }

    #[test]
    fn a_secret_is_redacted_plain_and_in_every_encoding() {
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
    fn a_secret_is_redacted_at_every_offset_in_base64() {
        for ahead in ["", "a", "ab", "abc"] {
            for behind in ["", ":", "::", ":::"] {
                let encoded = STANDARD.encode(format!("{ahead}hunter22{behind}"));
                let text = shown(&format!("Basic {encoded}"));
                assert!(text.contains("[secret login]"), "{ahead}{behind}: {text}");
            }
        }
    }

    #[test]
    fn names_and_values_are_redacted_recursively() {
        let mut value = json!({"hunter22": ["x hunter22 y", {"a": 1}]});
        secrets().redact_value(&mut value);
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
