//! The actions of one execution that are in flight at the same time. It does not know how an action is performed, nor
//! what follows from its result.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use engine::{Action, ActionResult, Event};

/// Actions of one execution at a time: a container has a limited number of sockets.
const MAX_IN_FLIGHT: usize = 32;

type Performance<'a> = Pin<Box<dyn Future<Output = ActionResult> + Send + 'a>>;

struct StartedAction<'a> {
    action: Action,
    performance: Performance<'a>,
}

/// Dropping it abandons the actions that are in flight.
#[derive(Default)]
pub(crate) struct InFlight<'a> {
    started: Vec<StartedAction<'a>>,
}

impl<'a> InFlight<'a> {
    pub(crate) fn is_empty(&self) -> bool {
        self.started.is_empty()
    }

    /// Abandons the actions that are not wanted any more. Returns the wanted ones that are not in flight.
    pub(crate) fn keep(&mut self, wanted: Vec<Action>) -> Vec<Action> {
        self.started
            .retain(|started| wanted.contains(&started.action));
        let is_new =
            |action: &Action| !self.started.iter().any(|started| started.action == *action);
        wanted.into_iter().filter(is_new).collect()
    }

    /// Starts as many actions as the limit allows; the engine asks for the others again.
    pub(crate) fn start<P>(&mut self, new: Vec<Action>, perform: impl Fn(Action) -> P)
    where
        P: Future<Output = ActionResult> + Send + 'a,
    {
        for action in new
            .into_iter()
            .take(MAX_IN_FLIGHT.saturating_sub(self.started.len()))
        {
            let performance = Box::pin(perform(action.clone()));
            self.started.push(StartedAction {
                action,
                performance,
            });
        }
    }

    /// The results of the actions that have completed, as soon as one has. Never ends while nothing is in flight.
    pub(crate) async fn next_completed(&mut self) -> Vec<Event> {
        poll_fn(|context| {
            let mut completed = Vec::new();
            self.started
                .retain_mut(|started| match started.performance.as_mut().poll(context) {
                    Poll::Ready(result) => {
                        let id = std::mem::take(&mut started.action.id);
                        completed.push(Event::Finished { id, result });
                        false
                    }
                    Poll::Pending => true,
                });
            match completed.is_empty() {
                true => Poll::Pending,
                false => Poll::Ready(completed),
            }
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::ActionKind;
    use serde_json::{Value, json};
    use std::future::{pending, ready};

    fn action(id: &str) -> Action {
        let kind = ActionKind::Emit(Value::Null);
        Action {
            id: id.to_owned(),
            kind,
        }
    }

    #[tokio::test]
    async fn actions_that_complete_together_are_returned_together_and_the_others_stay_in_flight() {
        let mut in_flight = InFlight::default();
        let new = in_flight.keep(vec![action("a"), action("b"), action("c")]);
        in_flight.start(new, |action| async move {
            match action.id.as_str() {
                "b" => pending().await,
                _ => ActionResult::Returned(json!(action.id)),
            }
        });
        let finished = |id: &str| Event::Finished {
            id: id.to_owned(),
            result: ActionResult::Returned(json!(id)),
        };
        assert_eq!(
            in_flight.next_completed().await,
            [finished("a"), finished("c")]
        );
        assert_eq!(
            in_flight.keep(vec![action("b"), action("d")]),
            [action("d")],
            "an action in flight is not returned again"
        );
        in_flight.keep(Vec::new());
        assert!(in_flight.is_empty());
    }

    #[tokio::test]
    async fn no_more_actions_start_than_the_limit_allows() {
        let mut in_flight = InFlight::default();
        let wanted: Vec<Action> = (0..MAX_IN_FLIGHT + 5)
            .map(|at| action(&at.to_string()))
            .collect();
        let new = in_flight.keep(wanted.clone());
        in_flight.start(new, |_| ready(ActionResult::Returned(Value::Null)));
        assert_eq!(in_flight.keep(wanted).len(), 5);
        assert_eq!(in_flight.next_completed().await.len(), MAX_IN_FLIGHT);
    }

    #[test]
    fn a_different_action_with_the_same_id_replaces_the_one_in_flight() {
        let mut in_flight = InFlight::default();
        in_flight.start(vec![action("a")], |_| pending());
        let other = Action {
            kind: ActionKind::Emit(json!(1)),
            ..action("a")
        };
        assert_eq!(in_flight.keep(vec![other.clone()]), [other]);
        assert!(in_flight.is_empty());
    }
}
