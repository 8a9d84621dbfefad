//! Files as JSON: announced before they are uploaded, shown, and how to upload one. It does not know where their bytes are.

use domain::limits::{FILE_UPLOAD_URL_SECS, MAX_FILE_BYTES};
use domain::{ContentType, FileDay, FileKey, FileName, FileState, StoredFile, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::body;
use crate::inbound::Inbound;
use crate::page::only;
use crate::problem::Problem;
use crate::status::Code;

/// To announce a file that is uploaded without passing through a function.
#[derive(Debug)]
pub struct AnnounceFile {
    /// Its name.
    pub name: FileName,
    /// Its length.
    pub bytes: u64,
    /// Its type.
    pub content_type: ContentType,
}

/// A file to announce.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "AnnounceFile"))]
pub(crate) struct Fields {
    /// Without a path, at most 255 bytes. Required.
    name: Option<String>,
    /// Its length in bytes, at most 52,428,800. Required.
    size: Option<u64>,
    /// `application/octet-stream` by default.
    content_type: Option<String>,
}

/// Reads the body of a request that announces a file: `{"name": …, "size": …, "contentType": …}`.
pub fn announce(inbound: &Inbound) -> Result<AnnounceFile, Problem> {
    only(inbound, &[])?;
    let fields: Fields = body::typed(&body::object(inbound)?)?;
    let name = required(fields.name, "/name", "Give the file a name.")?;
    let bytes = required(fields.size, "/size", "Say how many bytes it has.")?;
    if !(1..=MAX_FILE_BYTES).contains(&bytes) {
        let detail = format!("A file has 1 to {MAX_FILE_BYTES} bytes.");
        return Err(Problem::invalid_field("/size", detail));
    }
    let content_type = match fields.content_type {
        Some(text) => ContentType::parse(&text)
            .map_err(|error| Problem::invalid_field("/contentType", format!("{error}.")))?,
        None => ContentType::bytes(),
    };
    Ok(AnnounceFile {
        name: FileName::parse(&name)
            .map_err(|error| Problem::invalid_field("/name", format!("{error}.")))?,
        bytes,
        content_type,
    })
}

fn required<T>(field: Option<T>, pointer: &str, detail: &str) -> Result<T, Problem> {
    field.ok_or_else(|| Problem::invalid_field(pointer, detail.to_owned()))
}

/// A file without its bytes.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FileView<'a> {
    /// Its key, which webhooks name it by.
    file_key: FileKey,
    /// Its name.
    name: &'a str,
    /// Its length in bytes.
    size: u64,
    /// Its type.
    content_type: &'a str,
    /// Whether an execution used it.
    status: FileStatus,
    /// When it was uploaded or announced.
    created_at: Timestamp,
    /// Until when it is kept.
    expires_at: Timestamp,
    /// How to upload it; only in the answer to its announcement.
    #[serde(skip_serializing_if = "Option::is_none")]
    upload: Option<UploadView<'a>>,
}

/// Whether an execution used a file.
#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
enum FileStatus {
    /// No execution used it.
    Unused,
    /// An execution used it.
    Used,
}

/// How a file is uploaded.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct UploadView<'a> {
    /// The method of the request.
    method: &'static str,
    /// Where to send the bytes.
    url: &'a str,
    /// The headers to send with them.
    headers: Map<String, Value>,
    /// Until when the URL works.
    expires_at: Timestamp,
}

/// A file without its bytes.
pub fn view(file: &StoredFile) -> FileView<'_> {
    shown(file, None)
}

/// A file that was announced, and how to upload it: a `PUT` of its bytes with these headers to this URL.
pub fn announced<'a>(
    file: &'a StoredFile,
    url: &'a str,
    headers: &[(&'static str, String)],
    now: Timestamp,
) -> FileView<'a> {
    let headers = headers.iter();
    let upload = UploadView {
        method: "PUT",
        url,
        headers: headers
            .map(|(name, value)| ((*name).to_owned(), json!(value)))
            .collect(),
        expires_at: now.plus_secs(i64::from(FILE_UPLOAD_URL_SECS)),
    };
    shown(file, Some(upload))
}

fn shown<'a>(file: &'a StoredFile, upload: Option<UploadView<'a>>) -> FileView<'a> {
    FileView {
        file_key: file.key,
        name: file.name.as_str(),
        size: file.bytes,
        content_type: file.content_type.as_str(),
        status: match file.state {
            FileState::Unused { .. } => FileStatus::Unused,
            FileState::Used { .. } => FileStatus::Used,
        },
        created_at: file.created_at,
        expires_at: file.state.ends_at(),
        upload,
    }
}

/// The path of a file.
pub fn location(file: &StoredFile) -> String {
    format!("/v1/files/{}", file.key)
}

/// The org has uploaded as much on this day as its plan allows.
pub fn quota_exceeded(now: Timestamp) -> Problem {
    let secs = Problem::whole_seconds(FileDay::of(now).end().millis_since(now));
    let detail = format!(
        "The plan of the org allows no more uploads today; try again in {secs} second(s), or ask for another plan."
    );
    Problem::new(Code::PlanLimitExceeded, detail)
        .member("retryAfter", json!(secs))
        .retry_after_secs(secs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_requests::empty;
    use domain::limits::MAX_FILE_NAME_BYTES;

    fn sent(body: &Value) -> Result<AnnounceFile, Problem> {
        let mut inbound = empty();
        inbound.body = body.to_string().into_bytes();
        announce(&inbound)
    }

    #[test]
    fn a_file_is_announced_with_name_length_and_type() {
        let body =
            json!({"name": "a.pdf", "size": MAX_FILE_BYTES, "contentType": "application/pdf"});
        let file = sent(&body).unwrap();
        assert_eq!((file.name.as_str(), file.bytes), ("a.pdf", MAX_FILE_BYTES));
        assert_eq!(file.content_type.as_str(), "application/pdf");
        let file = sent(&json!({"name": "a", "size": 1})).unwrap();
        assert_eq!(file.content_type, ContentType::bytes());
    }

    #[test]
    fn what_cannot_be_a_file_is_refused_at_its_field() {
        let long = "x".repeat(MAX_FILE_NAME_BYTES + 1);
        for (body, code) in [
            (json!({"size": 1}), Code::InvalidField),
            (json!({"name": "a"}), Code::InvalidField),
            (json!({"name": "../a", "size": 1}), Code::InvalidField),
            (json!({"name": "a\u{0}", "size": 1}), Code::InvalidField),
            (json!({"name": long, "size": 1}), Code::InvalidField),
            (json!({"name": ["a"], "size": 1}), Code::InvalidField),
            (json!({"name": "a", "size": 0}), Code::InvalidField),
            (json!({"name": "a", "size": -1}), Code::InvalidField),
            (json!({"name": "a", "size": "1"}), Code::InvalidField),
            (
                json!({"name": "a", "size": MAX_FILE_BYTES + 1}),
                Code::InvalidField,
            ),
            (
                json!({"name": "a", "size": 1, "contentType": "x"}),
                Code::InvalidField,
            ),
            (
                json!({"name": "a", "size": 1, "contentType": "a/b\r\nc: d"}),
                Code::InvalidField,
            ),
            (
                json!({"name": "a", "size": 1, "key": "of_1"}),
                Code::UnknownField,
            ),
        ] {
            assert_eq!(sent(&body).unwrap_err().code(), code, "{body}");
        }
    }

    #[test]
    fn a_file_has_its_public_form() {
        let now = Timestamp::from_millis(1_790_000_000_000);
        let file = StoredFile::new(
            FileKey::derived(&["a"]),
            FileName::parse("a.txt").unwrap(),
            5,
            ContentType::parse("text/plain").unwrap(),
            now,
        );
        let headers = [("content-type", "text/plain".to_owned())];
        insta::assert_json_snapshot!(announced(
            &file,
            "https://bucket.example/a?X",
            &headers,
            now
        ));
        assert!(view(&file).upload.is_none());
    }
}
