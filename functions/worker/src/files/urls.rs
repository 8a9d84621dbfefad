//! The URLs of files. A workflow sees a reference, which leads nowhere and can be kept; a call over HTTP carries a URL in its
//! place that works for a few minutes. So no history, checkpoint or log holds a URL that works, and a step after a long wait
//! has one that does.

use std::collections::{BTreeMap, BTreeSet};

use domain::{FileKey, FileState, Tenant};
use engine::{HttpCall, PartValue, Upload};

use super::MAX_CALL_FILES;
use crate::App;

/// No name server knows this domain (RFC 2606).
const REFERENCE: &str = "https://sluice-file.invalid/";
/// The same in a query or a form.
const ENCODED: &str = "https%3A%2F%2Fsluice-file.invalid%2F";
/// The length of every key.
const KEY_CHARS: usize = 29;

/// What a workflow sees as the URL of a file.
pub(crate) fn reference(key: FileKey) -> String {
    format!("{REFERENCE}{key}")
}

/// Puts URLs that work in the place of the references in a call. A reference to what is no file of the tenant, or to one
/// that no execution uses, stays as it is.
///
/// # Errors
/// A sentence for the workflow's owner: there are too many, or the table does not answer.
pub(crate) async fn sign_references(
    app: &App,
    tenant: Tenant,
    call: &mut HttpCall,
) -> Result<(), String> {
    let mut keys = BTreeSet::new();
    each_text(call, &mut |text| keys.extend(referenced(text)));
    if keys.is_empty() {
        return Ok(());
    }
    if keys.len() > MAX_CALL_FILES {
        let found = keys.len();
        return Err(format!(
            "a call carries the URLs of at most {MAX_CALL_FILES} files; this one has {found}"
        ));
    }
    let mut urls = BTreeMap::new();
    for key in keys {
        if let Some(url) = url(app, tenant, key).await? {
            urls.insert(key, url);
        }
    }
    each_text(call, &mut |text| *text = signed(text, &urls));
    Ok(())
}

async fn url(app: &App, tenant: Tenant, key: FileKey) -> Result<Option<String>, String> {
    let unavailable = |error: store::StoreError| {
        tracing::warn!(%error, "a URL of a file could not be made; the call fails");
        format!("the file {key} could not be looked up; try again")
    };
    let found = app.aws.files.find(tenant, key, app.aws.now()).await;
    let found = found.map_err(unavailable)?;
    let used = found.filter(|file| matches!(file.state, FileState::Used { .. }));
    let Some(file) = used else {
        return Ok(None);
    };
    let objects = &app.file_objects;
    let url = objects.url(tenant, key, &file.name, &file.content_type);
    url.map(Some).map_err(unavailable)
}

/// The texts of a call in which a receiver may find a URL.
fn each_text(call: &mut HttpCall, change: &mut impl FnMut(&mut String)) {
    change(&mut call.url);
    for (_, value) in &mut call.headers {
        change(value);
    }
    if let Some(Upload::Form(parts)) = &mut call.upload {
        for part in parts {
            match &mut part.value {
                PartValue::Text(text) => change(text),
                PartValue::File(_) => {}
            }
        }
    }
    if let Some(body) = call.body.take() {
        call.body = Some(match String::from_utf8(body) {
            Ok(mut text) => {
                change(&mut text);
                text.into_bytes()
            }
            Err(error) => error.into_bytes(),
        });
    }
}

/// The keys of the references in a text.
fn referenced(text: &str) -> Vec<FileKey> {
    let of = |mark| text.match_indices(mark).map(|(at, mark)| at + mark.len());
    let keys = of(REFERENCE)
        .chain(of(ENCODED))
        .filter_map(|at| key_at(text, at));
    keys.collect()
}

fn key_at(text: &str, at: usize) -> Option<FileKey> {
    FileKey::parse(text.get(at..at + KEY_CHARS)?).ok()
}

/// The text with URLs in the place of references, encoded where those are.
fn signed(text: &str, urls: &BTreeMap<FileKey, String>) -> String {
    let mut signed = text.to_owned();
    for (key, url) in urls {
        let encoded: String = form_urlencoded::byte_serialize(url.as_bytes()).collect();
        signed = signed.replace(&reference(*key), url);
        signed = signed.replace(&format!("{ENCODED}{key}"), &encoded);
    }
    signed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> FileKey {
        FileKey::derived(&["a"])
    }

    fn urls() -> BTreeMap<FileKey, String> {
        BTreeMap::from([(key(), "https://bucket.example/a?x=1&y=2".to_owned())])
    }

    #[test]
    fn a_reference_is_found_and_replaced_plain_and_encoded() {
        let plain = format!("see {} and {}.", reference(key()), reference(key()));
        assert_eq!(referenced(&plain), [key(), key()]);
        assert_eq!(
            signed(&plain, &urls()),
            "see https://bucket.example/a?x=1&y=2 and https://bucket.example/a?x=1&y=2."
        );
        let query = format!("https://ocr.example/?src={ENCODED}{}&z=1", key());
        assert_eq!(referenced(&query), [key()]);
        assert_eq!(
            signed(&query, &urls()),
            "https://ocr.example/?src=https%3A%2F%2Fbucket.example%2Fa%3Fx%3D1%26y%3D2&z=1"
        );
    }

    #[test]
    fn what_is_no_reference_stays() {
        let other = reference(FileKey::derived(&["b"]));
        for text in [
            "",
            REFERENCE,
            "https://sluice-file.invalid/of_1",
            "é",
            &other,
        ] {
            assert_eq!(signed(text, &urls()), text);
        }
        assert!(referenced(&format!("{REFERENCE}of_1é")).is_empty());
    }

    #[test]
    fn every_text_of_a_call_is_searched() {
        let mut call = HttpCall {
            method: "POST".to_owned(),
            url: "u".to_owned(),
            headers: vec![("n".to_owned(), "h".to_owned())],
            body: Some(b"b".to_vec()),
            upload: Some(Upload::Form(vec![engine::FormPart {
                name: "p".to_owned(),
                value: PartValue::Text("t".to_owned()),
            }])),
        };
        let mut seen = Vec::new();
        each_text(&mut call, &mut |text| {
            seen.push(text.clone());
            text.push('!');
        });
        assert_eq!(seen, ["u", "h", "t", "b"]);
        assert_eq!(call.body.as_deref(), Some(&b"b!"[..]));
    }
}
