//! What has to change, in the order in which it can: event types, workflows, their triggers, subscriptions; then what is
//! deleted, the other way round. Does not change anything.

use serde_json::Value;

use super::compare::{changed, described, equal};
use super::files::{EventType, Files, Subscription, Workflow};
use super::pairing::paired;
use super::state::State;
use super::step::{Action, Plan, Step, Work};
use crate::find::text;

/// Compares the files with what there is; with `prune`, what no file has is deleted.
pub(crate) fn plan(files: &Files, state: &State, prune: bool) -> Plan {
    let mut plan = Plan::default();
    for event_type in &files.event_types {
        plan_event_type(&mut plan, event_type, state);
    }
    let mut surplus = Vec::new();
    for workflow in &files.workflows {
        plan_workflow(&mut plan, workflow, state);
    }
    for workflow in &files.workflows {
        surplus.extend(plan_triggers(&mut plan, workflow, state));
    }
    let kept = plan_subscriptions(&mut plan, &files.subscriptions, state);
    if prune {
        plan_deletions(&mut plan, files, state, &kept, surplus);
    }
    plan
}

fn plan_event_type(plan: &mut Plan, wanted: &EventType, state: &State) {
    let there = state
        .event_types
        .iter()
        .find(|there| text(there, "name") == wanted.name);
    let put = |body| Work::PutEventType {
        name: wanted.name.clone(),
        body,
    };
    let Some(there) = there else {
        return plan.add(Action::Create, &wanted.name, "", put(wanted.body.clone()));
    };
    let changes = changed(&wanted.body, there);
    if changes.is_empty() {
        plan.same += 1;
        return;
    }
    // A put replaces both: what the file does not name stays.
    let mut body = wanted.body.clone();
    for field in ["description", "schema"] {
        if let Some(value) = there.get(field).filter(|value| !value.is_null()) {
            body.entry(field).or_insert_with(|| value.clone());
        }
    }
    plan.add(
        Action::Change,
        &wanted.name,
        described(&changes, there),
        put(body),
    );
}

fn plan_workflow(plan: &mut Plan, wanted: &Workflow, state: &State) {
    let mut body = wanted.body.clone();
    let Some(there) = state.workflow(&wanted.slug) else {
        if let Some(definition) = &wanted.definition {
            body.insert(definition.field.to_owned(), definition.sent.clone());
        }
        let slug = wanted.slug.clone();
        return plan.add(
            Action::Create,
            &wanted.slug,
            "",
            Work::CreateWorkflow { slug, body },
        );
    };
    let mut changes = changed(&body, there);
    let mut what = described(&changes, there);
    if let Some(definition) = &wanted.definition
        && !there
            .get("definition")
            .is_some_and(|there| equal(&definition.value, there))
    {
        changes.insert(definition.field.to_owned(), definition.sent.clone());
        what = [what.as_str(), "definition"]
            .iter()
            .filter(|part| !part.is_empty())
            .copied()
            .collect::<Vec<_>>()
            .join(", ");
    }
    if changes.is_empty() {
        plan.same += 1;
        return;
    }
    let id = text(there, "id").to_owned();
    plan.add(
        Action::Change,
        &wanted.slug,
        what,
        Work::ChangeWorkflow { id, body: changes },
    );
}

/// Triggers have no names: those of the same settings belong together, then the rest in order. What is left over is returned.
fn plan_triggers(plan: &mut Plan, wanted: &Workflow, state: &State) -> Vec<Step> {
    let Some(triggers) = &wanted.triggers else {
        return Vec::new();
    };
    let workflow = state
        .workflow(&wanted.slug)
        .map(|there| text(there, "id").to_owned());
    let there = workflow
        .as_ref()
        .and_then(|id| state.triggers.get(id))
        .map(Vec::as_slice)
        .unwrap_or_default();
    let pairs = paired(
        triggers,
        there,
        |wanted, there| changed(wanted, there).is_empty(),
        |_, _| true,
    );
    let workflow = workflow.unwrap_or_default();
    for (at, (body, found)) in triggers.iter().zip(&pairs.found).enumerate() {
        let Some(found) = found.and_then(|found| there.get(found)) else {
            let work = Work::CreateTrigger {
                slug: wanted.slug.clone(),
                body: body.clone(),
            };
            plan.add(
                Action::Create,
                &format!("{} #{}", wanted.slug, at + 1),
                "",
                work,
            );
            continue;
        };
        let changes = changed(body, found);
        if changes.is_empty() {
            plan.same += 1;
            continue;
        }
        let id = text(found, "id").to_owned();
        let mut what = described(&changes, found);
        if changes.contains_key("profile") {
            what.push_str(" (a new URL)");
        }
        let work = Work::ChangeTrigger {
            workflow: workflow.clone(),
            id: id.clone(),
            body: changes,
        };
        plan.add(Action::Change, &id, what, work);
    }
    let left = pairs.left.iter().filter_map(|at| there.get(*at));
    left.map(|trigger| deleted_trigger(&workflow, trigger, &wanted.slug))
        .collect()
}

fn deleted_trigger(workflow: &str, trigger: &Value, slug: &str) -> Step {
    let id = text(trigger, "id").to_owned();
    Step {
        action: Action::Delete,
        name: id.clone(),
        what: format!("of {slug}; its URL ends"),
        work: Work::DeleteTrigger {
            workflow: workflow.to_owned(),
            id,
        },
    }
}

/// Which subscriptions stay.
fn plan_subscriptions(plan: &mut Plan, wanted: &[Subscription], state: &State) -> Vec<usize> {
    let workflows_fit = |wanted: &Subscription, there: &Value| {
        let Some(slugs) = &wanted.workflows else {
            return true;
        };
        let mut slugs = slugs.clone();
        let mut others = state.slugs(there.get("workflowIds").unwrap_or(&Value::Null));
        slugs.sort();
        others.sort();
        slugs == others
    };
    let same = |wanted: &Subscription, there: &Value| {
        changed(&wanted.body, there).is_empty() && workflows_fit(wanted, there)
    };
    let pairs = paired(wanted, &state.subscriptions, same, |wanted, there| {
        wanted.url == text(there, "url")
    });
    for (subscription, found) in wanted.iter().zip(&pairs.found) {
        let Some(there) = found.and_then(|found| state.subscriptions.get(found)) else {
            let (body, workflows) = (subscription.body.clone(), subscription.workflows.clone());
            plan.add(
                Action::Create,
                &subscription.url,
                "",
                Work::CreateSubscription { body, workflows },
            );
            continue;
        };
        let body = changed(&subscription.body, there);
        let workflows = subscription
            .workflows
            .clone()
            .filter(|_| !workflows_fit(subscription, there));
        if body.is_empty() && workflows.is_none() {
            plan.same += 1;
            continue;
        }
        let mut what = described(&body, there);
        if workflows.is_some() {
            what = if what.is_empty() {
                "workflows".to_owned()
            } else {
                format!("{what}, workflows")
            };
        }
        let id = text(there, "id").to_owned();
        plan.add(
            Action::Change,
            &subscription.url,
            what,
            Work::ChangeSubscription {
                id,
                body,
                workflows,
            },
        );
    }
    pairs.found.into_iter().flatten().collect()
}

fn plan_deletions(
    plan: &mut Plan,
    files: &Files,
    state: &State,
    kept: &[usize],
    triggers: Vec<Step>,
) {
    for (_, there) in state
        .subscriptions
        .iter()
        .enumerate()
        .filter(|(at, _)| !kept.contains(at))
    {
        let (id, url) = (text(there, "id").to_owned(), text(there, "url"));
        plan.add(
            Action::Delete,
            url,
            id.clone(),
            Work::DeleteSubscription { id },
        );
    }
    plan.steps.extend(triggers);
    let is_workflow = |slug: &str| files.workflows.iter().any(|workflow| workflow.slug == slug);
    for there in state
        .workflows
        .iter()
        .filter(|there| !is_workflow(text(there, "slug")))
    {
        let id = text(there, "id").to_owned();
        plan.add(
            Action::Delete,
            text(there, "slug"),
            "its webhooks end",
            Work::DeleteWorkflow { id },
        );
    }
    let is_event_type = |name: &str| {
        files
            .event_types
            .iter()
            .any(|event_type| event_type.name == name)
    };
    for there in state
        .event_types
        .iter()
        .filter(|there| !is_event_type(text(there, "name")))
    {
        let name = text(there, "name").to_owned();
        plan.add(
            Action::Delete,
            &name,
            "",
            Work::DeleteEventType { name: name.clone() },
        );
    }
}
