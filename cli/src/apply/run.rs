//! Carries out a plan, step by step. A step that fails ends it; what was done stays, and the next `apply` goes on from there.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::state::State;
use super::step::{Plan, Step, Work};
use crate::client::{Client, op};
use crate::context::Context;
use crate::failure::{Exit, Failure, Result};
use crate::find::text;

/// Does what the plan says; `state` knows the workflows that there are already.
pub(crate) fn run(context: &Context, client: &Client, plan: &Plan, state: &State) -> Result<()> {
    let workflows = state.workflows.iter();
    let mut ids: BTreeMap<String, String> = workflows
        .map(|workflow| {
            (
                text(workflow, "slug").to_owned(),
                text(workflow, "id").to_owned(),
            )
        })
        .collect();
    let bar = context.bar(plan.steps.len() as u64, "applying");
    for (done, step) in plan.steps.iter().enumerate() {
        let result = carry_out(client, step, &mut ids);
        if let Err(failure) = result {
            bar.finish_and_clear();
            let name = format!(
                "{} of {} changes are made; the next, {}, was refused.",
                done,
                plan.steps.len(),
                step.name
            );
            return Err(failure
                .hint(name)
                .hint("What was made stays: correct this one, and run the same again."));
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

fn carry_out(client: &Client, step: &Step, ids: &mut BTreeMap<String, String>) -> Result<()> {
    match &step.work {
        Work::PutEventType { name, body } => {
            send(client.call(op::DECLARE_EVENT_TYPE, &[name]), body)
        }
        Work::DeleteEventType { name } => {
            client.call(op::DELETE_EVENT_TYPE, &[name]).send().map(drop)
        }
        Work::CreateWorkflow { slug, body } => {
            let created = client
                .call(op::CREATE_WORKFLOW, &[])
                .body(Value::Object(body.clone()))
                .json()?;
            ids.insert(slug.clone(), text(&created, "id").to_owned());
            Ok(())
        }
        Work::ChangeWorkflow { id, body } => send(client.call(op::CHANGE_WORKFLOW, &[id]), body),
        Work::DeleteWorkflow { id } => client.call(op::DELETE_WORKFLOW, &[id]).send().map(drop),
        Work::CreateTrigger { slug, body } => {
            send(client.call(op::CREATE_TRIGGER, &[&id_of(ids, slug)?]), body)
        }
        Work::ChangeTrigger { workflow, id, body } => {
            send(client.call(op::CHANGE_TRIGGER, &[workflow, id]), body)
        }
        Work::DeleteTrigger { workflow, id } => client
            .call(op::DELETE_TRIGGER, &[workflow, id])
            .send()
            .map(drop),
        Work::CreateSubscription { body, workflows } => send(
            client.call(op::CREATE_SUBSCRIPTION, &[]),
            &with_workflows(body, workflows.as_deref(), ids)?,
        ),
        Work::ChangeSubscription {
            id,
            body,
            workflows,
        } => send(
            client.call(op::CHANGE_SUBSCRIPTION, &[id]),
            &with_workflows(body, workflows.as_deref(), ids)?,
        ),
        Work::DeleteSubscription { id } => {
            client.call(op::DELETE_SUBSCRIPTION, &[id]).send().map(drop)
        }
    }
}

fn send(call: crate::client::Call<'_>, body: &Map<String, Value>) -> Result<()> {
    call.body(Value::Object(body.clone())).send().map(drop)
}

fn with_workflows(
    body: &Map<String, Value>,
    slugs: Option<&[String]>,
    ids: &BTreeMap<String, String>,
) -> Result<Map<String, Value>> {
    let mut body = body.clone();
    if let Some(slugs) = slugs {
        let found: Result<Vec<String>> = slugs.iter().map(|slug| id_of(ids, slug)).collect();
        body.insert("workflowIds".to_owned(), json!(found?));
    }
    Ok(body)
}

fn id_of(ids: &BTreeMap<String, String>, slug: &str) -> Result<String> {
    ids.get(slug).cloned().ok_or_else(|| {
        Failure::new(
            Exit::NotFound,
            format!("There is no workflow with the slug {slug}."),
        )
        .hint("No file has it, and the org neither.")
    })
}
