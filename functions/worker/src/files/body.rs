//! The body of a call that sends files: the bytes of one, or a form with parts (RFC 7578). Bytes are read from the bucket while
//! they are sent, so a file is never in memory whole.

use domain::{FileKey, StoredFile, Tenant};
use egress::Body;
use engine::{FormPart, HttpCall, PartValue, Upload};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use store::FileObjects;

use super::MAX_CALL_FILES;
use crate::App;

/// The files of one call, in bytes: 50 MB.
const MAX_CALL_FILE_BYTES: u64 = 52_428_800;

/// The body of a call. Where it is a form, the call's content type names the boundary from here on.
///
/// # Errors
/// A sentence for the workflow's owner.
pub(crate) async fn body(app: &App, tenant: Tenant, call: &mut HttpCall) -> Result<Body, String> {
    let Some(upload) = call.upload.take() else {
        return Ok(call.body.take().unwrap_or_default().into());
    };
    let mut body = Body::default();
    let mut room = MAX_CALL_FILE_BYTES;
    match upload {
        Upload::File(key) => {
            let file = find(app, tenant, key, &mut room).await?;
            push(&mut body, &app.file_objects, tenant, &file);
        }
        Upload::Form(parts) => {
            let is_file = |part: &&FormPart| matches!(part.value, PartValue::File(_));
            let files = parts.iter().filter(is_file).count();
            if files > MAX_CALL_FILES {
                return Err(format!(
                    "a call sends at most {MAX_CALL_FILES} files; this one has {files}"
                ));
            }
            // Random, so that nobody who knows a file can end its part with it.
            let boundary = format!("sluice-{:032x}", app.aws.random.u128());
            for part in parts {
                let name = quoted(&part.name);
                let head =
                    format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"");
                match part.value {
                    PartValue::Text(text) => body.push(format!("{head}\r\n\r\n{text}\r\n")),
                    PartValue::File(key) => {
                        let file = find(app, tenant, key, &mut room).await?;
                        let (name, kind) = (quoted(file.name.as_str()), &file.content_type);
                        body.push(format!(
                            "{head}; filename=\"{name}\"\r\nContent-Type: {kind}\r\n\r\n"
                        ));
                        push(&mut body, &app.file_objects, tenant, &file);
                        body.push("\r\n");
                    }
                }
            }
            body.push(format!("--{boundary}--\r\n"));
            let is_content_type = |name: &str| name.eq_ignore_ascii_case("content-type");
            call.headers.retain(|(name, _)| !is_content_type(name));
            let kind = format!("multipart/form-data; boundary={boundary}");
            call.headers.push(("content-type".to_owned(), kind));
        }
    }
    Ok(body)
}

async fn find(
    app: &App,
    tenant: Tenant,
    key: FileKey,
    room: &mut u64,
) -> Result<StoredFile, String> {
    let found = app.aws.files.find(tenant, key, app.aws.now()).await;
    let found = found.map_err(|error| {
        tracing::warn!(%error, "a file could not be looked up; the call fails");
        format!("the file {key} could not be looked up; try again")
    })?;
    let file = found.ok_or_else(|| format!("the file {key} is unknown or has expired"))?;
    *room = room.checked_sub(file.bytes).ok_or_else(|| {
        format!("the files of one call have at most {MAX_CALL_FILE_BYTES} bytes in all")
    })?;
    Ok(file)
}

/// The bucket is asked when the bytes are due, because it closes a connection on which nobody reads.
fn push(body: &mut Body, objects: &FileObjects, tenant: Tenant, file: &StoredFile) {
    let (objects, key) = (objects.clone(), file.key);
    let opened = async move {
        let content = objects.open(tenant, key).await;
        let content = content.map_err(std::io::Error::other)?;
        content
            .map(|content| content.chunks)
            .ok_or_else(|| std::io::Error::from(std::io::ErrorKind::NotFound))
    };
    let chunks = stream::once(opened).try_flatten().boxed();
    body.push_stream(file.bytes, chunks);
}

/// A name in a header of a part, as browsers write it (HTML, "Multipart form data").
fn quoted(name: &str) -> String {
    name.replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_end_its_header() {
        assert_eq!(quoted("a\"; x=\"\r\nb: c"), "a%22; x=%22%0D%0Ab: c");
    }
}
