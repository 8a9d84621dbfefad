//! `/v1/event-types`: list and show all event types; declare and delete an org's own.

use api::page::Page;
use api::resources::event_type::{self, KnownType, SchemaProblem};
use api::{Problem, answer};
use domain::outbound::{DeclaredType, EventDeclaration, EventType, MAX_DECLARED_TYPES};
use engine::Schema;
use http_function::Failure;
use lambda_http::{Body, Response};
use serde_json::Value;

use crate::{RequestContext, off_thread};

fn parse(name: &str) -> Result<DeclaredType, Problem> {
    DeclaredType::parse(name).map_err(|_| Problem::not_found())
}

pub(crate) async fn list(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let paging = event_type::paging(context.inbound)?;
    let declared = context.aws.event_types.list(context.caller.tenant).await?;
    let declared = declared.into_iter().map(KnownType::Declared);
    let mut known: Vec<KnownType> = KnownType::built_in().chain(declared).collect();
    known.sort_unstable_by_key(KnownType::cursor);
    let page = Page::of_list(&known, &paging, KnownType::cursor, event_type::view);
    Ok(answer::list(page))
}

pub(crate) async fn show(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let name = context.path_parameter("eventType");
    let built_in = KnownType::built_in().find(|known| known.is_called(name));
    let known = match built_in {
        Some(built_in) => built_in,
        None => {
            let name = parse(name)?;
            let found = context
                .aws
                .event_types
                .find(context.caller.tenant, &name)
                .await?;
            KnownType::Declared(found.ok_or_else(Problem::not_found)?)
        }
    };
    Ok(answer::ok(&event_type::view(&known)))
}

/// Declares a type, or replaces its declaration. Two requests at once may exceed the limit by one; it need not be
/// exact.
pub(crate) async fn declare(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let name = event_type::name(context.path_parameter("eventType"))?;
    let draft = event_type::declare(context.inbound)?;
    if let Some(schema) = &draft.schema {
        check_schema(schema.clone()).await?;
    }
    let tenant = context.caller.tenant;
    if context.aws.event_types.find(tenant, &name).await?.is_none()
        && context.aws.event_types.list(tenant).await?.len() >= MAX_DECLARED_TYPES
    {
        return Err(event_type::too_many(MAX_DECLARED_TYPES).into());
    }
    let requested = EventDeclaration {
        name,
        description: draft.description,
        schema: draft.schema,
        created_at: context.now,
        updated_at: context.now,
    };
    let declared = context
        .aws
        .event_types
        .declare(tenant, &requested, context.now);
    let (declaration, is_new) = declared.await?;
    let location = event_type::location(&declaration.name);
    let known = KnownType::Declared(declaration);
    let view = event_type::view(&known);
    Ok(if is_new {
        answer::created(&location, &view)
    } else {
        answer::ok(&view)
    })
}

async fn check_schema(schema: Value) -> Result<(), Problem> {
    let compiled = off_thread::compute(move || Schema::compile(&schema).map(drop));
    let Err(refusals) = compiled.await? else {
        return Ok(());
    };
    let problems = refusals.into_iter().map(|refusal| SchemaProblem {
        pointer: refusal.pointer,
        reason: refusal.reason,
    });
    Err(event_type::invalid_schema(&problems.collect::<Vec<_>>()))
}

pub(crate) async fn delete(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let name = parse(context.path_parameter("eventType"))?;
    let tenant = context.caller.tenant;
    let event_type = EventType::Declared(name.clone());
    let records = context.aws.subscriptions.list(tenant).await?;
    let mut subscriptions = records.iter().map(|record| &record.subscription);
    if subscriptions.any(|subscription| subscription.events.contains(&event_type)) {
        return Err(event_type::in_use().into());
    }
    if context.aws.event_types.delete(tenant, &name).await? {
        Ok(answer::no_content())
    } else {
        Err(Problem::not_found().into())
    }
}
