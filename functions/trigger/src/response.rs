//! What a webhook is answered with once its execution is recorded: its id, the trigger's fixed answer, or what the execution
//! gives. How an answer is made is the worker's; here it is waited for, for at most 25 seconds.

use std::borrow::Cow;

use api::webhook::Outcome;
use domain::{
    AnswerTemplate, Ending, ExecutionAnswer, ExecutionId, Timestamp, Trigger, TriggerId,
    TriggerResponse, WorkflowId,
};
use store::{AnswerOutcome, AwaitedAnswer, TokenOutcome, TokenReceipt};

use crate::App;

/// When to look for an answer, in milliseconds after the request came in: four times soon, then every second.
const FIRST_LOOKS_MS: [i64; 4] = [100, 200, 400, 800];
const LATER_LOOKS_MS: i64 = 1_000;
/// The last moment to look. The function has 29 seconds, and the gateway 30.
const MAX_WAIT_MS: i64 = 25_000;

/// The title of an answer where nobody can tell more.
const CANCELLED: &str = "The execution was cancelled";

/// Whether the sender of a request may wait.
pub(crate) enum Wait {
    /// Its trigger does not make it wait.
    NotWanted,
    /// Too many wait already, so it is told at once where to look later.
    Refused,
    Admitted(TokenReceipt),
}

impl Wait {
    pub(crate) fn is_admitted(&self) -> bool {
        match self {
            Self::Admitted(_) => true,
            Self::NotWanted | Self::Refused => false,
        }
    }
}

/// The trigger as a request calls it: through a URL whose answer comes from the execution, one that would answer at once
/// makes its sender wait.
pub(crate) fn as_called(trigger: &Trigger, awaits_output: bool) -> Cow<'_, Trigger> {
    if !awaits_output || !trigger.response.is_immediate() {
        return Cow::Borrowed(trigger);
    }
    let response = TriggerResponse::WhenDone(AnswerTemplate::default());
    Cow::Owned(Trigger {
        response,
        ..trigger.clone()
    })
}

/// Asks the bucket of those that wait, before anything is recorded. It never keeps a webhook from being accepted: where it
/// cannot be asked, nobody waits.
pub(crate) async fn admit(
    app: &App,
    response: &TriggerResponse,
    workflow: WorkflowId,
    now: Timestamp,
) -> Wait {
    match response {
        TriggerResponse::Immediately | TriggerResponse::Fixed(_) => return Wait::NotWanted,
        TriggerResponse::WhenDone(_) => {}
    }
    let limit = app.aws.settings.answer_waits;
    match app.aws.wait_buckets.take(workflow, limit, now).await {
        Ok(TokenOutcome::Taken(receipt)) => Wait::Admitted(receipt),
        Ok(TokenOutcome::Empty { .. } | TokenOutcome::DaySpent { .. }) => Wait::Refused,
        Err(error) => {
            tracing::warn!(%error, "the bucket of waits cannot be asked; the sender does not wait");
            Wait::Refused
        }
    }
}

/// The execution of a request, or of the first one with its delivery id.
pub(crate) struct Recorded {
    pub(crate) execution: ExecutionId,
    /// Where its answer will be, if it was recorded with one.
    pub(crate) awaited: Option<AwaitedAnswer>,
    pub(crate) has_ended: bool,
}

/// What answers a request whose execution is recorded.
pub(crate) enum Answering {
    /// It is known.
    Known(Outcome),
    /// The execution has to be looked at. To be done when AWS no longer holds up the request: see [`wait_for_answer`].
    Later(Box<Waiting>),
}

impl From<Outcome> for Answering {
    fn from(outcome: Outcome) -> Self {
        Self::Known(outcome)
    }
}

/// A sender that waits for the answer of an execution.
pub(crate) struct Waiting {
    execution: ExecutionId,
    trigger: TriggerId,
    template: AnswerTemplate,
    awaited: AwaitedAnswer,
    has_ended: bool,
    is_admitted: bool,
}

/// The answer of the trigger; `None` where it is the profile's own, which has the execution's id.
pub(crate) async fn answer(
    app: &App,
    trigger: &Trigger,
    recorded: Recorded,
    wait: Wait,
    now: Timestamp,
) -> Option<Answering> {
    let execution = recorded.execution;
    let template = match &trigger.response {
        TriggerResponse::Immediately => return None,
        TriggerResponse::Fixed(answer) => {
            let answer = answer.clone();
            return Some(Answering::Known(Outcome::Answered { execution, answer }));
        }
        TriggerResponse::WhenDone(template) => template,
    };
    let Some(awaited) = recorded.awaited else {
        // The first request of this delivery did not wait, so there will be no answer.
        if let Wait::Admitted(receipt) = wait {
            app.aws.wait_buckets.give_back(receipt, now).await;
        }
        return Some(Answering::Known(pending(trigger.id, execution)));
    };
    Some(Answering::Later(Box::new(Waiting {
        execution,
        trigger: trigger.id,
        template: template.clone(),
        awaited,
        has_ended: recorded.has_ended,
        is_admitted: wait.is_admitted(),
    })))
}

/// Waits for the answer, for at most 25 seconds after the request came in. A duplicate that may not wait gets the answer
/// where it is there already.
pub(crate) async fn wait_for_answer(app: &App, waiting: Waiting, since: Timestamp) -> Outcome {
    let Waiting {
        execution,
        trigger,
        template,
        awaited,
        ..
    } = waiting;
    let found = match waiting.is_admitted {
        true => wait_for(app, &awaited, waiting.has_ended, since).await,
        false => look(app, &awaited).await,
    };
    let answer = match found {
        AnswerOutcome::Answered(answer) => answer,
        AnswerOutcome::Missing {
            ending: Ending::Cancelled,
        } => ExecutionAnswer::failed(Some(&template), CANCELLED),
        AnswerOutcome::NotYet | AnswerOutcome::Missing { .. } => {
            return pending(trigger, execution);
        }
    };
    match answer {
        ExecutionAnswer::Chosen(answer) => Outcome::Answered { execution, answer },
        ExecutionAnswer::Failed { title } => Outcome::ExecutionFailed { execution, title },
    }
}

fn pending(trigger: TriggerId, execution: ExecutionId) -> Outcome {
    Outcome::Pending { execution, trigger }
}

/// Where the execution is known to have ended, the first look is at once.
async fn wait_for(
    app: &App,
    awaited: &AwaitedAnswer,
    has_ended: bool,
    since: Timestamp,
) -> AnswerOutcome {
    let at_once = has_ended.then_some(0);
    for after_ms in at_once.into_iter().chain(looks()) {
        app.aws.sleep_until(since.plus_millis(after_ms)).await;
        let found = look(app, awaited).await;
        if found != AnswerOutcome::NotYet {
            return found;
        }
    }
    AnswerOutcome::NotYet
}

fn looks() -> impl Iterator<Item = i64> {
    let last = FIRST_LOOKS_MS[FIRST_LOOKS_MS.len() - 1];
    let later = (1..).map(move |number| last + number * LATER_LOOKS_MS);
    let all = FIRST_LOOKS_MS.into_iter().chain(later);
    all.take_while(|after_ms| *after_ms <= MAX_WAIT_MS)
}

/// A look that fails is one that finds nothing: the next may.
async fn look(app: &App, awaited: &AwaitedAnswer) -> AnswerOutcome {
    match app.aws.executions.answer(awaited).await {
        Ok(found) => found,
        Err(error) => {
            tracing::warn!(%error, "an answer could not be looked for");
            AnswerOutcome::NotYet
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_waits_for_at_most_25_seconds() {
        let looks: Vec<i64> = looks().collect();
        assert_eq!(looks[..6], [100, 200, 400, 800, 1_800, 2_800]);
        assert_eq!(looks.last(), Some(&24_800));
        assert_eq!(looks.len(), 28);
    }
}
