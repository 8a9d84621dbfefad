//! `POST /v1/openapi/files/upload` of the refly profile: the answer and the refusals of an upload. It does not know how a form
//! is read.

use domain::limits::{MAX_FILE_BYTES, MAX_UPLOAD_BYTES, MAX_UPLOAD_FILES, MAX_UPLOAD_PARTS};
use domain::{FileKey, StoredFile};
use lambda_http::{Body, Response};
use serde::Serialize;

use super::data;
use crate::inbound::Inbound;
use crate::problem::Problem;
use crate::status::Code;

/// The files of an upload.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "ReflyUploaded"))]
pub struct UploadedView<'a> {
    /// In the order of the form.
    files: Vec<UploadedFileView<'a>>,
}

/// A file that was uploaded.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "ReflyUploadedFile"))]
struct UploadedFileView<'a> {
    /// Its key, which webhooks name it by.
    file_key: FileKey,
    /// Its name.
    file_name: &'a str,
}

/// The form of an upload, for the document.
#[cfg(test)]
#[derive(schemars::JsonSchema)]
#[schemars(rename = "ReflyUploadForm")]
#[expect(dead_code, reason = "only its schema is of interest")]
pub(crate) struct UploadForm {
    /// Files, each with its name and type. Required.
    files: Option<Vec<String>>,
}

/// Whether the path is one of this API.
pub fn is_route(inbound: &Inbound) -> bool {
    let segments: Vec<&str> = inbound.segments.iter().map(String::as_str).collect();
    matches!(segments.as_slice(), ["v1", "openapi", "files", ..])
}

/// The answer to an upload: the keys in the order of the files.
pub fn uploaded(files: &[StoredFile]) -> Response<Body> {
    let files = files.iter().map(|file| UploadedFileView {
        file_key: file.key,
        file_name: file.name.as_str(),
    });
    data(&UploadedView {
        files: files.collect(),
    })
}

/// More bytes than pass through the function.
pub fn too_large() -> Problem {
    let detail = format!(
        "Send at most {MAX_UPLOAD_BYTES} bytes in one request; for a file of up to {MAX_FILE_BYTES} bytes ask POST /v1/files where to upload it."
    );
    Problem::new(Code::BodyTooLarge, detail)
}

/// More files, or more parts, than one request may have.
pub fn too_many() -> Problem {
    let detail = format!(
        "Send at most {MAX_UPLOAD_FILES} files in one request, in at most {MAX_UPLOAD_PARTS} parts."
    );
    Problem::new(Code::InvalidRequestBody, detail)
}

/// The body is no form, or a part of it is no file; `detail` says what to do.
pub fn invalid(detail: impl Into<String>) -> Problem {
    Problem::new(Code::InvalidRequestBody, detail)
}
