//! The operations on files that webhooks name.

use serde_json::json;

use super::super::operation::{Operation, Shape};
use crate::profiles::refly::AnswerView as ReflyAnswer;
use crate::profiles::refly::files::{UploadForm, UploadedView};
use crate::resources::file::{self, FileView};
use crate::status::Code;

pub(super) fn operations() -> Vec<Operation> {
    let of_files = |method, path, id, summary| {
        Operation::new(method, path, id, summary)
            .tag("Files")
            .of_files()
    };
    let announced =
        json!({"name": "scan.pdf", "size": 20_971_520, "contentType": "application/pdf"});
    vec![
        of_files(
            "POST",
            "/v1/openapi/files/upload",
            "reflyUpload",
            "Upload files",
        )
        .shape(Shape::Refly)
        .says("Up to ten files, 4 MB in all. Larger ones are announced with `POST /v1/files`.")
        .takes_form::<UploadForm>(&["files"], json!({"files": ["(bytes)"]}))
        .shows::<ReflyAnswer<UploadedView<'_>>>("The keys, in the order of the files.")
        .refuses(&[Code::PlanLimitExceeded]),
        of_files("POST", "/v1/files", "announceFile", "Announce a file")
            .says("The answer says where and how to upload it.")
            .takes::<file::Fields>(&["name", "size"], announced)
            .idempotent()
            .creates::<FileView<'_>>()
            .refuses(&[Code::InvalidParameter, Code::PlanLimitExceeded]),
        of_files("GET", "/v1/files/{fileKey}", "getFile", "Show a file")
            .shows::<FileView<'_>>("The file, without its bytes."),
        of_files(
            "DELETE",
            "/v1/files/{fileKey}",
            "deleteFile",
            "Delete a file",
        )
        .deletes(),
    ]
}
