//! `/v1/api-keys`: create, list, show, revoke. A new key belongs to the tenant of the key that creates it.

use api::page::Page;
use api::resources::api_key;
use api::{Problem, answer, idempotency};
use domain::limits::MAX_API_KEYS;
use domain::{ApiKey, ApiKeyId, ApiKeyRecord, Fingerprint};
use http_function::Failure;
use lambda_http::{Body, Response};
use store::InsertOutcome;

use crate::RequestContext;

fn id(context: &RequestContext<'_>) -> Result<ApiKeyId, Problem> {
    context.path_id("keyId", ApiKeyId::parse)
}

/// Creates a key. Two requests at once may exceed the limit by one; it need not be exact.
pub(crate) async fn create(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let draft = api_key::create(context.inbound, context.now)?;
    let tenant = context.caller.tenant;
    let id = match context.idempotency_scope("api-keys")? {
        Some(scope) => ApiKeyId::derived(&[&scope]),
        None => ApiKeyId::random(context.now, context.aws.random.u128()),
    };
    let known = context.aws.api_keys.list(tenant, context.now).await?;
    let kept = known.iter().filter(|record| !record.is_session());
    if kept.count() >= MAX_API_KEYS && known.iter().all(|record| record.id != id) {
        return Err(api_key::too_many().into());
    }
    let key = ApiKey::from_random(tenant.environment, context.aws.random.bytes32());
    let record = ApiKeyRecord {
        id,
        tenant,
        name: draft.name,
        scopes: draft.scopes,
        hash: key.hash(),
        last4: key.last4(),
        created_at: context.now,
        last_used_at: None,
        expires_at: draft.expires_at,
        session_of: None,
    };
    let fingerprint = Fingerprint::of(&draft.body);
    match context.aws.api_keys.create(&record, &fingerprint).await? {
        InsertOutcome::New(record) => Ok(answer::created(
            &api_key::location(&record),
            &api_key::view_with_key(&record, &key),
        )),
        InsertOutcome::Repeat(record) => Ok(answer::repeated(
            &api_key::location(&record),
            &api_key::view(&record),
        )),
        InsertOutcome::KeyReused => Err(idempotency::reused().into()),
    }
}

pub(crate) async fn list(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let paging = api_key::paging(context.inbound)?;
    let mut records = context
        .aws
        .api_keys
        .list(context.caller.tenant, context.now)
        .await?;
    records.sort_unstable_by_key(|record| record.id);
    let page = Page::of_list(&records, &paging, |record| record.id, api_key::view);
    Ok(answer::list(page))
}

pub(crate) async fn show(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let id = id(context)?;
    let found = context.aws.api_keys.find(context.caller.tenant, id).await?;
    let record = found.filter(|record| !record.has_expired(context.now));
    let record = record.ok_or_else(Problem::not_found)?;
    Ok(answer::ok(&api_key::view(&record)))
}

/// Revokes a key, which may be the caller's own.
pub(crate) async fn revoke(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let id = id(context)?;
    if context
        .aws
        .api_keys
        .revoke(context.caller.tenant, id)
        .await?
    {
        Ok(answer::no_content())
    } else {
        Err(Problem::not_found().into())
    }
}
