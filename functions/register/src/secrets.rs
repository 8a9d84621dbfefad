//! `/v1/secrets`: store, list, delete. A value is sealed before it is written, and no route shows
//! it again.

use api::resources::secret;
use api::{Problem, answer, auth, page};
use domain::{Scope, SecretName, SecretOwner};
use lambda_http::{Body, Response};
use store::SecretOutcome;

use crate::failure::Failure;
use crate::{Call, method_not_allowed};

pub(crate) async fn route(
    call: &Call<'_>,
    method: &str,
    path: &[&str],
) -> Result<Response<Body>, Failure> {
    // Even their names are for admins alone: they tell which systems an org is connected to.
    auth::require(Some(call.caller.clone()), Scope::Admin)?;
    match (path, method) {
        ([], "GET") => list(call).await,
        ([], _) => method_not_allowed("GET"),
        ([name], "PUT") => put(call, &secret::name(name)?).await,
        ([name], "DELETE") => delete(call, &parse(name)?).await,
        ([_], _) => method_not_allowed("PUT, DELETE"),
        _ => Err(Problem::not_found().into()),
    }
}

fn parse(name: &str) -> Result<SecretName, Problem> {
    SecretName::parse(name).map_err(|_| Problem::not_found())
}

async fn put(call: &Call<'_>, name: &SecretName) -> Result<Response<Body>, Failure> {
    let value = secret::value(call.inbound)?;
    let tenant = call.caller.tenant;
    let owner = SecretOwner::Workflows {
        tenant,
        name: name.clone(),
    };
    let plaintext = value.to_string();
    let sealed = call.vault.encrypt(&owner, plaintext.as_bytes()).await?;
    let stored = call
        .aws
        .secrets
        .put(tenant, name, &sealed, call.now)
        .await?;
    Ok(match stored {
        SecretOutcome::New(record) => {
            answer::created(&secret::location(&record), &secret::view(&record))
        }
        SecretOutcome::Replaced(record) => answer::ok(&secret::view(&record)),
    })
}

async fn list(call: &Call<'_>) -> Result<Response<Body>, Failure> {
    let paging = secret::paging(call.inbound)?;
    let mut records = call.aws.secrets.list(call.caller.tenant).await?;
    records.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    let (records, next) = page::cut(records, &paging, |record| record.name.clone());
    let items = records.iter().map(secret::view).collect();
    Ok(answer::list(items, next))
}

async fn delete(call: &Call<'_>, name: &SecretName) -> Result<Response<Body>, Failure> {
    if call.aws.secrets.delete(call.caller.tenant, name).await? {
        Ok(answer::no_content())
    } else {
        Err(Problem::not_found().into())
    }
}
