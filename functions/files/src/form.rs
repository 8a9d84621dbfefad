//! Reads the files of a form (`multipart/form-data`, RFC 7578). It reads no more than it has to before it refuses, and does
//! not know where files go.

use std::convert::Infallible;

use api::profiles::refly::files as refly;
use api::{Inbound, Problem};
use bytes::Bytes;
use domain::limits::{
    MAX_UPLOAD_BYTES, MAX_UPLOAD_FILES, MAX_UPLOAD_FRAMING_BYTES, MAX_UPLOAD_PARTS,
};
use domain::{ContentType, FileName};
use futures::stream;
use multer::{Field, Multipart};

/// The name of the parts that are files.
const FILES: &str = "files";

/// One file of a form.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) name: FileName,
    pub(crate) content_type: ContentType,
    pub(crate) bytes: Bytes,
}

/// The files of a request, at least one. Parts of other names are left out.
pub(crate) async fn read(inbound: &Inbound) -> Result<Vec<Part>, Problem> {
    let content_type = inbound.header("content-type").unwrap_or_default();
    let boundary = multer::parse_boundary(content_type).map_err(|_| {
        refly::invalid("Send multipart/form-data with a boundary, and the files in `files`.")
    })?;
    if inbound.body.len() > MAX_UPLOAD_BYTES + MAX_UPLOAD_FRAMING_BYTES {
        return Err(refly::too_large());
    }
    let body = Bytes::copy_from_slice(&inbound.body);
    let whole = body.len();
    let body = stream::iter([Ok::<_, Infallible>(body)]);
    let files = files(Multipart::new(body, boundary)).await?;
    let bytes: usize = files.iter().map(|file| file.bytes.len()).sum();
    if bytes > MAX_UPLOAD_BYTES {
        return Err(refly::too_large());
    }
    if whole.saturating_sub(bytes) > MAX_UPLOAD_FRAMING_BYTES {
        let detail = format!(
            "Besides the bytes of its files a form has at most {MAX_UPLOAD_FRAMING_BYTES} bytes."
        );
        return Err(refly::invalid(detail));
    }
    match files.is_empty() {
        true => Err(refly::invalid("Send at least one file in `files`.")),
        false => Ok(files),
    }
}

async fn files(mut form: Multipart<'_>) -> Result<Vec<Part>, Problem> {
    let mut files = Vec::new();
    let mut parts = 0;
    while let Some(field) = form
        .next_field()
        .await
        .map_err(|error| unreadable(&error))?
    {
        parts += 1;
        if parts > MAX_UPLOAD_PARTS {
            return Err(refly::too_many());
        }
        if field.name() != Some(FILES) {
            continue;
        }
        if files.len() == MAX_UPLOAD_FILES {
            return Err(refly::too_many());
        }
        files.push(file(field).await?);
    }
    Ok(files)
}

async fn file(field: Field<'_>) -> Result<Part, Problem> {
    let name = field.file_name().ok_or_else(|| {
        refly::invalid("Give each part of `files` a file name: it is a text without one.")
    })?;
    let name = FileName::of_part(name).map_err(|error| refly::invalid(format!("{error}.")))?;
    let declared = field.headers().get("content-type");
    let declared = declared.and_then(|kind| kind.to_str().ok());
    let content_type = declared.and_then(|kind| ContentType::parse(kind).ok());
    Ok(Part {
        name,
        content_type: content_type.unwrap_or_else(ContentType::bytes),
        bytes: field.bytes().await.map_err(|error| unreadable(&error))?,
    })
}

/// Without the parser's own words, which may quote what came in.
fn unreadable(error: &multer::Error) -> Problem {
    let kind = match error {
        multer::Error::IncompleteFieldData { .. }
        | multer::Error::IncompleteHeaders
        | multer::Error::IncompleteStream => "it ends before its last boundary",
        _ => "a part of it cannot be read",
    };
    refly::invalid(format!(
        "The body is no form as multipart/form-data has it: {kind}."
    ))
}

#[cfg(test)]
mod tests;
