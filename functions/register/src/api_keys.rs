//! `/v1/api-keys`: create, list, show, revoke. A new key belongs to the org and the environment of
//! the key that makes it.

use api::resources::api_key;
use api::{Problem, answer, idempotency, page};
use domain::{ApiKey, ApiKeyId, ApiKeyRecord, Fingerprint};
use lambda_http::{Body, Response};
use store::InsertOutcome;

use crate::failure::Failure;
use crate::{Call, method_not_allowed};

pub(crate) async fn route(
    call: &Call<'_>,
    method: &str,
    path: &[&str],
) -> Result<Response<Body>, Failure> {
    match (path, method) {
        ([], "POST") => create(call).await,
        ([], "GET") => list(call).await,
        ([], _) => method_not_allowed("GET, POST"),
        ([id], "GET") => show(call, parse(id)?).await,
        ([id], "DELETE") => revoke(call, parse(id)?).await,
        ([_], _) => method_not_allowed("GET, DELETE"),
        _ => Err(Problem::not_found().into()),
    }
}

fn parse(id: &str) -> Result<ApiKeyId, Problem> {
    ApiKeyId::parse(id).map_err(|_| Problem::not_found())
}

async fn create(call: &Call<'_>) -> Result<Response<Body>, Failure> {
    let draft = api_key::create(call.inbound)?;
    let tenant = call.caller.tenant;
    let id = match call.idempotency_scope("api-keys")? {
        Some(scope) => ApiKeyId::derived(&[&scope]),
        None => ApiKeyId::random(call.now, call.aws.random.u128()),
    };
    let key = ApiKey::from_random(tenant.environment, call.aws.random.bytes32());
    let record = ApiKeyRecord {
        id,
        tenant,
        name: draft.name,
        scopes: draft.scopes,
        hash: key.hash(),
        last4: key.last4(),
        created_at: call.now,
        last_used_at: None,
    };
    let fingerprint = Fingerprint::of(&draft.body);
    match call.aws.api_keys.create(&record, &fingerprint).await? {
        InsertOutcome::New(record) => Ok(answer::created(
            &api_key::location(&record),
            &api_key::view_with_key(&record, &key),
        )),
        InsertOutcome::Repeat(record) => Ok(answer::repeated(
            &api_key::location(&record),
            &api_key::view(&record),
        )),
        InsertOutcome::KeyReused | InsertOutcome::SlugTaken => Err(idempotency::reused().into()),
    }
}

async fn list(call: &Call<'_>) -> Result<Response<Body>, Failure> {
    let paging = api_key::paging(call.inbound)?;
    let mut records = call.aws.api_keys.list(call.caller.tenant).await?;
    records.sort_unstable_by_key(|record| record.id);
    let (records, next) = page::cut(records, &paging, |record| record.id);
    let items = records.iter().map(api_key::view).collect();
    Ok(answer::list(items, next))
}

async fn show(call: &Call<'_>, id: ApiKeyId) -> Result<Response<Body>, Failure> {
    let found = call.aws.api_keys.find(call.caller.tenant, id).await?;
    let record = found.ok_or_else(Problem::not_found)?;
    Ok(answer::ok(&api_key::view(&record)))
}

/// A key may revoke itself.
async fn revoke(call: &Call<'_>, id: ApiKeyId) -> Result<Response<Body>, Failure> {
    if call.aws.api_keys.revoke(call.caller.tenant, id).await? {
        Ok(answer::no_content())
    } else {
        Err(Problem::not_found().into())
    }
}
