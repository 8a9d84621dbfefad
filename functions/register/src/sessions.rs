//! `/v1/sessions`: make a session with any key, and end it. A session is an API key with the same scopes that ends soon, and
//! with the key that made it.

use api::resources::{api_key, session};
use api::{Problem, answer};
use domain::limits::MAX_SESSIONS;
use domain::{ApiKey, ApiKeyId, ApiKeyRecord, Fingerprint};
use http_function::Failure;
use lambda_http::{Body, Response};
use serde_json::Value;
use store::InsertOutcome;

use crate::RequestContext;

/// Makes a session. One that is made with a session ends no later than that one, and with the same key. Two requests at
/// once may exceed the limit by one; it need not be exact.
pub(crate) async fn create(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let secs = session::create(context.inbound)?;
    let (tenant, now) = (context.caller.tenant, context.now);
    let keys = &context.aws.api_keys;
    let maker = keys.find(tenant, context.caller.key).await?;
    let maker = maker.ok_or_else(Problem::not_found)?;
    let known = keys.list(tenant, now).await?;
    if known.iter().filter(|record| record.is_session()).count() >= MAX_SESSIONS {
        return Err(session::too_many().into());
    }
    let at_most = now.plus_secs(i64::from(secs));
    let key = ApiKey::from_random(tenant.environment, context.aws.random.bytes32());
    let record = ApiKeyRecord {
        id: ApiKeyId::random(now, context.aws.random.u128()),
        tenant,
        name: session::NAME.to_owned(),
        scopes: maker.scopes,
        hash: key.hash(),
        last4: key.last4(),
        created_at: now,
        last_used_at: None,
        expires_at: Some(maker.expires_at.map_or(at_most, |end| end.min(at_most))),
        session_of: Some(maker.session_of.unwrap_or(maker.hash)),
    };
    match keys.create(&record, &Fingerprint::of(&Value::Null)).await? {
        InsertOutcome::New(record) => Ok(answer::created(
            &api_key::location(&record),
            &api_key::view_with_key(&record, &key),
        )),
        // The id is random.
        InsertOutcome::Repeat(_) | InsertOutcome::KeyReused => Err(Problem::unavailable().into()),
    }
}

/// Ends the session whose key the request has.
pub(crate) async fn end(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let (tenant, id) = (context.caller.tenant, context.caller.key);
    let keys = &context.aws.api_keys;
    let found = keys.find(tenant, id).await?;
    let found = found.ok_or_else(Problem::not_found)?;
    if !found.is_session() {
        return Err(session::no_session().into());
    }
    keys.revoke(tenant, id).await?;
    Ok(answer::no_content())
}
