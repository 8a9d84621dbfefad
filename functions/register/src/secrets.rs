//! `/v1/secrets`: store, list, delete. A value is encrypted before it is written, and no route shows it again.

use api::page::Page;
use api::resources::secret;
use api::{Problem, answer};
use domain::limits::MAX_SECRETS;
use domain::{SecretName, SecretOwner};
use http_function::Failure;
use lambda_http::{Body, Response};
use store::SecretOutcome;

use crate::RequestContext;

/// Stores a secret, or replaces its value. Two requests at once may exceed the limit by one; it need not be exact.
pub(crate) async fn put(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let name = &secret::name(context.path_parameter("name"))?;
    let value = secret::value(context.inbound)?;
    let tenant = context.caller.tenant;
    let known = context.aws.secrets.list(tenant).await?;
    if known.len() >= MAX_SECRETS && known.iter().all(|record| record.name != *name) {
        return Err(secret::too_many().into());
    }
    let owner = SecretOwner::Workflows {
        tenant,
        name: name.clone(),
    };
    let plaintext = value.to_string();
    let sealed = context
        .app
        .cipher
        .encrypt(&owner, plaintext.as_bytes())
        .await?;
    let stored = context
        .aws
        .secrets
        .put(tenant, name, &sealed, context.now)
        .await?;
    Ok(match stored {
        SecretOutcome::New(record) => {
            answer::created(&secret::location(&record), &secret::view(&record))
        }
        SecretOutcome::Replaced(record) => answer::ok(&secret::view(&record)),
    })
}

pub(crate) async fn list(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let paging = secret::paging(context.inbound)?;
    let mut records = context.aws.secrets.list(context.caller.tenant).await?;
    records.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    let page = Page::of_list(
        &records,
        &paging,
        |record| record.name.clone(),
        secret::view,
    );
    Ok(answer::list(page))
}

pub(crate) async fn delete(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let name = &context.path_id("name", SecretName::parse)?;
    if context
        .aws
        .secrets
        .delete(context.caller.tenant, name)
        .await?
    {
        Ok(answer::no_content())
    } else {
        Err(Problem::not_found().into())
    }
}
