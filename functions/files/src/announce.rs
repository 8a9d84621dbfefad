//! `POST /v1/files`: announces a file, and says where to upload it. Its bytes do not pass through the function.

use api::resources::file;
use api::{answer, idempotency};
use domain::{FileKey, StoredFile};
use http_function::Failure;
use lambda_http::{Body, Response};
use store::FileCreation;

use crate::{RequestContext, quota};

/// A repeat under the same `Idempotency-Key` gets the same file, and a new URL for it.
pub(crate) async fn announce(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let asked = file::announce(context.inbound)?;
    let (tenant, now) = (context.caller.tenant, context.now);
    let key = match context.idempotency_scope("files")? {
        Some(scope) => FileKey::derived(&[&scope]),
        None => new_key(context),
    };
    let made = StoredFile::new(key, asked.name, asked.bytes, asked.content_type, now);
    let quota = quota(context).await?;
    let one = std::slice::from_ref(&made);
    let known = match context.aws.files.create(tenant, one, quota, now).await? {
        FileCreation::Created => None,
        FileCreation::QuotaExceeded => return Err(file::quota_exceeded(now).into()),
        FileCreation::Known(known) if is_same(&known, &made) => Some(known),
        FileCreation::Known(_) => return Err(idempotency::reused().into()),
    };
    let shown = known.as_ref().unwrap_or(&made);
    let target = context.app.objects.upload_target(tenant, shown)?;
    let view = file::announced(shown, &target.url, &target.headers, now);
    let location = file::location(shown);
    Ok(match known {
        None => answer::created(&location, &view),
        Some(_) => answer::repeated(&location, &view),
    })
}

/// A key that nobody can guess: a hash of 256 random bits.
pub(crate) fn new_key(context: &RequestContext<'_>) -> FileKey {
    let nonces = [context.aws.random.u128(), context.aws.random.u128()];
    FileKey::derived(&["file", &nonces[0].to_string(), &nonces[1].to_string()])
}

fn is_same(known: &StoredFile, made: &StoredFile) -> bool {
    known.name == made.name && known.bytes == made.bytes && known.content_type == made.content_type
}
