//! Bodies of `call: http` that are more than text: the bytes of a file of the event, or a form with several parts. The content
//! type of the request says which is meant. It does not know where files are.

use super::effect::{FormPart, PartValue, Upload};
use domain::FileKey;
use serde_json::Value;

const FORM: &str = "multipart/form-data";
/// The member of a file that names it.
const KEY: &str = "fileKey";

/// What a body uploads; `None` for a body that is sent as text.
///
/// An object under the content type of a form is a form. A file alone under any other content type than JSON or a form is its
/// bytes; under JSON it is what the workflow knows of the file.
pub(super) fn of(body: &Value, headers: &[(String, String)]) -> Option<Upload> {
    let is_content_type = |(name, _): &&(String, String)| name.eq_ignore_ascii_case("content-type");
    let (_, kind) = headers.iter().find(is_content_type)?;
    let kind = kind.trim().to_ascii_lowercase();
    if kind.starts_with(FORM) {
        return Some(Upload::Form(parts(body.as_object()?)));
    }
    if kind.contains("json") || kind.contains("x-www-form-urlencoded") {
        return None;
    }
    file(body).map(Upload::File)
}

fn file(value: &Value) -> Option<FileKey> {
    FileKey::parse(value.as_object()?.get(KEY)?.as_str()?).ok()
}

/// A list gives its field several parts.
fn parts(fields: &serde_json::Map<String, Value>) -> Vec<FormPart> {
    let mut parts = Vec::new();
    for (name, value) in fields {
        let values = match value {
            Value::Array(values) => values.as_slice(),
            single => std::slice::from_ref(single),
        };
        parts.extend(values.iter().filter_map(|value| {
            Some(FormPart {
                name: name.clone(),
                value: part(value)?,
            })
        }));
    }
    parts
}

fn part(value: &Value) -> Option<PartValue> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(PartValue::Text(text.clone())),
        other => Some(match file(other) {
            Some(key) => PartValue::File(key),
            None => PartValue::Text(other.to_string()),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of_kind(kind: &str, body: &Value) -> Option<Upload> {
        of(body, &[("Content-Type".to_owned(), kind.to_owned())])
    }

    #[test]
    fn a_file_alone_is_its_bytes_unless_the_body_is_json() {
        let key = FileKey::derived(&["a"]);
        let file = json!({"fileKey": key, "name": "a.pdf"});
        assert_eq!(of_kind("application/pdf", &file), Some(Upload::File(key)));
        for kind in ["application/json", "application/x-www-form-urlencoded"] {
            assert_eq!(of_kind(kind, &file), None, "{kind}");
        }
        assert_eq!(of(&file, &[]), None);
        for other in [json!(key), json!({"fileKey": "of_1"}), json!([file])] {
            assert_eq!(of_kind("application/pdf", &other), None, "{other}");
        }
    }

    #[test]
    fn an_object_under_the_type_of_a_form_has_a_part_for_each_value() {
        let (a, b) = (FileKey::derived(&["a"]), FileKey::derived(&["b"]));
        let body = json!({
            "note": "hi",
            "count": 2,
            "none": null,
            "pages": [{"fileKey": a}, {"fileKey": b}],
            "meta": {"a": 1},
        });
        let part = |name: &str, value| FormPart {
            name: name.to_owned(),
            value,
        };
        let text = |text: &str| PartValue::Text(text.to_owned());
        assert_eq!(
            of_kind("multipart/form-data; boundary=theirs", &body),
            Some(Upload::Form(vec![
                part("note", text("hi")),
                part("count", text("2")),
                part("pages", PartValue::File(a)),
                part("pages", PartValue::File(b)),
                part("meta", text("{\"a\":1}")),
            ]))
        );
        assert_eq!(of_kind("multipart/form-data", &json!("text")), None);
    }
}
