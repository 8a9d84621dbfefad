//! `/v1/event-types`: the catalogue, and the types that an org declares itself.

use api::resources::event_type::{self, Known, SchemaProblem};
use api::{Problem, answer, page};
use domain::outbound::{DeclaredType, EventDeclaration, EventType, MAX_DECLARED_TYPES};
use engine::Schema;
use lambda_http::{Body, Response};
use serde_json::Value;

use crate::failure::Failure;
use crate::{Call, method_not_allowed};

pub(crate) async fn route(
    call: &Call<'_>,
    method: &str,
    path: &[&str],
) -> Result<Response<Body>, Failure> {
    match (path, method) {
        ([], "GET") => list(call).await,
        ([], _) => method_not_allowed("GET"),
        ([name], "GET") => show(call, name).await,
        ([name], "PUT") => declare(call, event_type::name(name)?).await,
        ([name], "DELETE") => delete(call, parse(name)?).await,
        ([_], _) => method_not_allowed("GET, PUT, DELETE"),
        _ => Err(Problem::not_found().into()),
    }
}

fn parse(name: &str) -> Result<DeclaredType, Problem> {
    DeclaredType::parse(name).map_err(|_| Problem::not_found())
}

async fn list(call: &Call<'_>) -> Result<Response<Body>, Failure> {
    let paging = event_type::paging(call.inbound)?;
    let declared = call.aws.event_types.list(call.caller.tenant).await?;
    let declared = declared.into_iter().map(Known::Declared);
    let mut known: Vec<Known> = Known::own().chain(declared).collect();
    known.sort_unstable_by_key(Known::place);
    let (known, next) = page::cut(known, &paging, Known::place);
    let items = known.iter().map(event_type::view).collect();
    Ok(answer::list(items, next))
}

async fn show(call: &Call<'_>, name: &str) -> Result<Response<Body>, Failure> {
    let own = Known::own().find(|known| known.is_called(name));
    let known = match own {
        Some(own) => own,
        None => {
            let name = parse(name)?;
            let found = call.aws.event_types.find(call.caller.tenant, &name).await?;
            Known::Declared(found.ok_or_else(Problem::not_found)?)
        }
    };
    Ok(answer::ok(&event_type::view(&known)))
}

/// Two that are declared at once may go one beyond the limit, which need not be exact.
async fn declare(call: &Call<'_>, name: DeclaredType) -> Result<Response<Body>, Failure> {
    let draft = event_type::declare(call.inbound)?;
    draft.schema.as_ref().map_or(Ok(()), check)?;
    let tenant = call.caller.tenant;
    if call.aws.event_types.find(tenant, &name).await?.is_none()
        && call.aws.event_types.list(tenant).await?.len() >= MAX_DECLARED_TYPES
    {
        return Err(event_type::too_many(MAX_DECLARED_TYPES).into());
    }
    let wanted = EventDeclaration {
        name,
        description: draft.description,
        schema: draft.schema,
        created_at: call.now,
        updated_at: call.now,
    };
    let declared = call.aws.event_types.declare(tenant, &wanted, call.now);
    let (stands, is_new) = declared.await?;
    let location = event_type::location(&stands.name);
    let view = event_type::view(&Known::Declared(stands));
    Ok(if is_new {
        answer::created(&location, &view)
    } else {
        answer::ok(&view)
    })
}

fn check(schema: &Value) -> Result<(), Problem> {
    let Err(refusals) = Schema::compile(schema) else {
        return Ok(());
    };
    let problems = refusals.into_iter().map(|refusal| SchemaProblem {
        pointer: refusal.pointer,
        reason: refusal.reason,
    });
    Err(event_type::invalid_schema(&problems.collect::<Vec<_>>()))
}

async fn delete(call: &Call<'_>, name: DeclaredType) -> Result<Response<Body>, Failure> {
    let tenant = call.caller.tenant;
    let wanted = EventType::Declared(name.clone());
    let records = call.aws.subscriptions.list(tenant).await?;
    let mut subscriptions = records.iter().map(|record| &record.subscription);
    if subscriptions.any(|subscription| subscription.events.contains(&wanted)) {
        return Err(event_type::in_use().into());
    }
    if call.aws.event_types.delete(tenant, &name).await? {
        Ok(answer::no_content())
    } else {
        Err(Problem::not_found().into())
    }
}
