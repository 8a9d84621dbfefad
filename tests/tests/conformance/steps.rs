//! The steps of scenarios: those of the conformance kit of the specification, and more in the same form.

use cucumber::step::{Collection, Context, Step};
use futures::FutureExt as _;
use futures::future::LocalBoxFuture;
use regex::Regex;
use serde_json::Value;

use crate::case::{Case, assert_has, property};

/// Every step.
pub(crate) fn all() -> Collection<Case> {
    let given: [(&str, Step<Case>); 3] = [
        ("^a workflow with definition:$", defined),
        ("^another workflow with definition:$", another),
        ("^given the workflow input is:$", input),
    ];
    let when: [(&str, Step<Case>); 3] = [
        ("^the workflow is executed$", executed),
        (r"^(\d+) (milliseconds|seconds|days) pass$", time_passes),
        ("^the workflow is cancelled$", cancelled),
    ];
    let then: [(&str, Step<Case>); 11] = [
        (
            "^the workflow should (complete|fault|be waiting|be cancelled)$",
            status,
        ),
        ("^the workflow should complete with output:$", output),
        ("^the workflow should fault with error:$", error),
        ("^the workflow should be refused with problems:$", refused),
        (
            "^the workflow output should have properties (.+)$",
            properties,
        ),
        (
            "^the workflow output should have a '([^']+)' property with value:$",
            value,
        ),
        (
            r"^the workflow output should have a '([^']+)' property containing (\d+) items$",
            items,
        ),
        (r"^(\S+) should run (first|last)$", at_end),
        (r"^(\S+) should run after (\S+)$", after),
        (r"^(\S+) should run (\d+) times$", times),
        ("^these calls should have arrived:$", calls),
    ];
    let expression = |text| Regex::new(text).unwrap();
    let mut steps = Collection::new();
    for (text, step) in given {
        steps = steps.given(None, expression(text), step);
    }
    for (text, step) in when {
        steps = steps.when(None, expression(text), step);
    }
    for (text, step) in then {
        steps = steps.then(None, expression(text), step);
    }
    steps
}

/// The text below a step, without the media type after its quotes.
fn text(context: &Context) -> String {
    let text = context.step.docstring().expect("a text below the step");
    let (media_type, rest) = text.split_once('\n').unwrap();
    assert!(["", "yaml"].contains(&media_type.trim()), "{media_type}");
    rest.to_owned()
}

fn yaml(context: &Context) -> Value {
    serde_saphyr::from_str(&text(context)).unwrap()
}

/// The n-th group of the expression of the step, from 1.
fn group(context: &Context, at: usize) -> &str {
    &context.matches[at].1
}

fn defined(case: &mut Case, context: Context) -> LocalBoxFuture<'_, ()> {
    async move { case.define(&text(&context)) }.boxed_local()
}

fn another(case: &mut Case, context: Context) -> LocalBoxFuture<'_, ()> {
    async move { case.register_another(&text(&context)).await }.boxed_local()
}

fn input(case: &mut Case, context: Context) -> LocalBoxFuture<'_, ()> {
    async move { case.input = yaml(&context) }.boxed_local()
}

fn executed(case: &mut Case, _: Context) -> LocalBoxFuture<'_, ()> {
    case.execute().boxed_local()
}

fn time_passes(case: &mut Case, context: Context) -> LocalBoxFuture<'_, ()> {
    let count: i64 = group(&context, 1).parse().unwrap();
    let unit_ms = match group(&context, 2) {
        "milliseconds" => 1,
        "seconds" => 1_000,
        _ => 86_400_000,
    };
    case.pass_time(count * unit_ms).boxed_local()
}

fn cancelled(case: &mut Case, _: Context) -> LocalBoxFuture<'_, ()> {
    case.cancel().boxed_local()
}

fn status(case: &mut Case, context: Context) -> LocalBoxFuture<'_, ()> {
    async move {
        let expected = match group(&context, 1) {
            "complete" => "succeeded",
            "fault" => "failed",
            "be waiting" => "waiting",
            _ => "cancelled",
        };
        let execution = case.execution();
        assert_eq!(execution["status"], expected, "{execution:#}");
    }
    .boxed_local()
}

fn output(case: &mut Case, context: Context) -> LocalBoxFuture<'_, ()> {
    async move { assert_eq!(case.output(), yaml(&context)) }.boxed_local()
}

fn error(case: &mut Case, context: Context) -> LocalBoxFuture<'_, ()> {
    async move {
        let execution = case.execution();
        assert_eq!(execution["status"], "failed", "{execution:#}");
        assert_has(&execution["error"], yaml(&context).as_object().unwrap());
    }
    .boxed_local()
}

/// All problems in order. A part of the reason is enough.
fn refused(case: &mut Case, context: Context) -> LocalBoxFuture<'_, ()> {
    async move {
        let (problems, expected) = (case.problems(), yaml(&context));
        let expected = expected.as_array().unwrap();
        assert_eq!(problems.len(), expected.len(), "{problems:#?}");
        for (problem, expected) in problems.iter().zip(expected) {
            let mut exact = expected.as_object().unwrap().clone();
            let part = exact.remove("reason").unwrap();
            let reason = problem["reason"].as_str().unwrap();
            assert!(reason.contains(part.as_str().unwrap()), "{problems:#?}");
            assert_has(problem, &exact);
        }
    }
    .boxed_local()
}

fn properties(case: &mut Case, context: Context) -> LocalBoxFuture<'_, ()> {
    async move {
        let output = case.output();
        for path in group(&context, 1).split(',') {
            let path = path.trim().trim_matches('\'');
            assert!(property(&output, path).is_some(), "{path} of {output:#}");
        }
    }
    .boxed_local()
}

fn value(case: &mut Case, context: Context) -> LocalBoxFuture<'_, ()> {
    async move {
        let output = case.output();
        let found = property(&output, group(&context, 1));
        assert_eq!(found, Some(&yaml(&context)), "{output:#}");
    }
    .boxed_local()
}

fn items(case: &mut Case, context: Context) -> LocalBoxFuture<'_, ()> {
    async move {
        let output = case.output();
        let found = property(&output, group(&context, 1)).and_then(Value::as_array);
        let count: usize = group(&context, 2).parse().unwrap();
        assert_eq!(found.map(Vec::len), Some(count), "{output:#}");
    }
    .boxed_local()
}

fn at_end(case: &mut Case, context: Context) -> LocalBoxFuture<'_, ()> {
    async move {
        let tasks = case.tasks();
        let there = match group(&context, 2) {
            "first" => tasks.first(),
            _ => tasks.last(),
        };
        assert_eq!(there, Some(&group(&context, 1)), "{tasks:?}");
    }
    .boxed_local()
}

fn after(case: &mut Case, context: Context) -> LocalBoxFuture<'_, ()> {
    async move {
        let tasks = case.tasks();
        let place = |at| {
            let found = tasks.iter().position(|task| *task == group(&context, at));
            found.unwrap_or_else(|| panic!("no {} in {tasks:?}", group(&context, at)))
        };
        assert!(place(1) > place(2), "{tasks:?}");
    }
    .boxed_local()
}

fn times(case: &mut Case, context: Context) -> LocalBoxFuture<'_, ()> {
    async move {
        let tasks = case.tasks();
        let runs = tasks.iter().filter(|task| **task == group(&context, 1));
        assert_eq!(runs.count().to_string(), group(&context, 2), "{tasks:?}");
    }
    .boxed_local()
}

/// The calls that the mock server has received, as `GET /path`, in order.
fn calls(case: &mut Case, context: Context) -> LocalBoxFuture<'_, ()> {
    async move {
        let expected: Vec<String> = serde_json::from_value(yaml(&context)).unwrap();
        assert_eq!(case.mock_server.calls(), expected);
    }
    .boxed_local()
}
