//! `/v1/files/{fileKey}`: what is known of a file, and its deletion.

use api::resources::file;
use api::{Problem, answer};
use domain::FileKey;
use http_function::Failure;
use lambda_http::{Body, Response};

use crate::RequestContext;

pub(crate) async fn show(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let key = context.path_id("fileKey", FileKey::parse)?;
    let tenant = context.caller.tenant;
    let found = context.aws.files.find(tenant, key, context.now).await?;
    let found = found.ok_or_else(Problem::not_found)?;
    Ok(answer::ok(&file::view(&found)))
}

/// The bytes go first: while there is a record, a request that was cut off can be repeated.
pub(crate) async fn delete(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let key = context.path_id("fileKey", FileKey::parse)?;
    let (files, tenant) = (&context.aws.files, context.caller.tenant);
    let found = files.find(tenant, key, context.now).await?;
    found.ok_or_else(Problem::not_found)?;
    context.app.objects.delete(tenant, key).await?;
    files.delete(tenant, key).await?;
    Ok(answer::no_content())
}
