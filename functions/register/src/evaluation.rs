//! `POST /v1/expressions/evaluate`: an expression on a given input, in the sandbox and within the bounds of workflows.

use std::sync::Arc;

use api::resources::expression::{self, Evaluation, EvaluationView};
use api::{Problem, answer};
use engine::{Sandbox, StuckCause};
use http_function::Failure;
use lambda_http::{Body, Response};
use serde_json::Value;

use crate::{RequestContext, off_thread};

/// An expression that fails, or takes too much, is answered with its error: the request was right.
pub(crate) async fn evaluate(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let evaluation = expression::evaluation(context.inbound)?;
    let sandbox = Arc::clone(&context.app.sandbox);
    let now_ms = context.now.as_millis();
    let outcome = off_thread::compute(move || run(&sandbox, evaluation, now_ms)).await?;
    let (output, error) = match outcome {
        Ok(output) => (Some(output), None),
        Err(Refused::Expression(error)) => (None, Some(error)),
        Err(Refused::Busy) => return Err(Problem::unavailable().into()),
    };
    Ok(answer::ok(&EvaluationView { output, error }))
}

enum Refused {
    Expression(String),
    /// The sandbox got no time of the processor.
    Busy,
}

fn run(sandbox: &Sandbox, asked: Evaluation, now_ms: i64) -> Result<Value, Refused> {
    let texts = [asked.expression.as_str()];
    if let Some(problem) = engine::expression_problems(&texts)
        .into_iter()
        .flatten()
        .next()
    {
        return Err(Refused::Expression(problem));
    }
    let evaluated = engine::evaluate(sandbox, &texts, asked.input, now_ms);
    let results = evaluated.map_err(|stuck| match stuck.cause {
        StuckCause::CpuTime => Refused::Expression("it takes too long".to_owned()),
        StuckCause::Starved => Refused::Busy,
    })?;
    let results = results.map_err(Refused::Expression)?;
    Ok(results.into_iter().next().unwrap_or_default())
}
