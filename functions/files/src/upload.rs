//! `POST /v1/openapi/files/upload`: files in a form, as clients of refly send them.

use api::profiles::refly::files as refly;
use api::resources::file;
use bytes::Bytes;
use domain::{FileQuota, StoredFile};
use futures::future::try_join_all;
use futures::try_join;
use http_function::Failure;
use lambda_http::{Body, Response};
use store::FileCreation;

use crate::announce::new_key;
use crate::form::{self, Part};
use crate::{RequestContext, quota};

/// The bytes are stored before they are recorded. What is stored and not recorded is removed by the bucket, as a file that
/// nobody used.
pub(crate) async fn upload(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let (tenant, now) = (context.caller.tenant, context.now);
    let parts = form::read(context.inbound).await?;
    let (files, bytes): (Vec<StoredFile>, Vec<Bytes>) = parts
        .into_iter()
        .map(|part| {
            let Part {
                name,
                content_type,
                bytes,
            } = part;
            let key = new_key(context);
            let file = StoredFile::new(key, name, bytes.len() as u64, content_type, now);
            (file, bytes)
        })
        .unzip();
    let records = &context.aws.files;
    let uploaded = async { Ok(records.uploaded(tenant.org, now).await?) };
    let (quota, uploaded) = try_join!(quota(context), uploaded)?;
    if !has_room(quota, uploaded, &files) {
        return Err(file::quota_exceeded(now).into());
    }
    let objects = &context.app.objects;
    let puts = files.iter().zip(bytes);
    try_join_all(puts.map(|(file, bytes)| objects.put(tenant, file, bytes))).await?;
    match records.create(tenant, &files, quota, now).await? {
        // A key is random: only an earlier attempt of this request can have recorded it.
        FileCreation::Created | FileCreation::Known(_) => Ok(refly::uploaded(&files)),
        FileCreation::QuotaExceeded => Err(file::quota_exceeded(now).into()),
    }
}

/// Looked at before anything is stored; the write that records the files decides.
fn has_room(quota: FileQuota, uploaded: FileQuota, files: &[StoredFile]) -> bool {
    let more = FileQuota {
        files: files.len() as u64,
        bytes: files.iter().map(|file| file.bytes).sum(),
    };
    let before = quota.before(more);
    before.is_some_and(|before| uploaded.files <= before.files && uploaded.bytes <= before.bytes)
}
