//! Actions under way side by side. What they are and what comes of them, others know.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use engine::{Action, ActionResult, Event};

/// So many at a time for one execution: a container has only so many sockets.
const MOST: usize = 32;

type Performance<'a> = Pin<Box<dyn Future<Output = ActionResult> + Send + 'a>>;

struct Flight<'a> {
    action: Action,
    performance: Performance<'a>,
}

/// Dropping it abandons what is under way.
#[derive(Default)]
pub(crate) struct Flights<'a> {
    open: Vec<Flight<'a>>,
}

impl<'a> Flights<'a> {
    pub(crate) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Abandons what is not wanted any more. Gives what is wanted and not under way.
    pub(crate) fn keep(&mut self, wanted: Vec<Action>) -> Vec<Action> {
        self.open.retain(|flight| wanted.contains(&flight.action));
        let is_new = |action: &Action| !self.open.iter().any(|flight| flight.action == *action);
        wanted.into_iter().filter(is_new).collect()
    }

    /// Begins as many as there is room for; the engine names the others again.
    pub(crate) fn begin<P>(&mut self, new: Vec<Action>, perform: impl Fn(Action) -> P)
    where
        P: Future<Output = ActionResult> + Send + 'a,
    {
        for action in new.into_iter().take(MOST.saturating_sub(self.open.len())) {
            let performance = Box::pin(perform(action.clone()));
            self.open.push(Flight {
                action,
                performance,
            });
        }
    }

    /// What has ended, as soon as something has. Does not end when nothing is under way.
    pub(crate) async fn land(&mut self) -> Vec<Event> {
        poll_fn(|context| {
            let mut landed = Vec::new();
            self.open
                .retain_mut(|flight| match flight.performance.as_mut().poll(context) {
                    Poll::Ready(result) => {
                        let id = std::mem::take(&mut flight.action.id);
                        landed.push(Event::Finished { id, result });
                        false
                    }
                    Poll::Pending => true,
                });
            match landed.is_empty() {
                true => Poll::Pending,
                false => Poll::Ready(landed),
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
    async fn what_ends_together_lands_together_and_the_rest_stays_under_way() {
        let mut flights = Flights::default();
        let new = flights.keep(vec![action("a"), action("b"), action("c")]);
        flights.begin(new, |action| async move {
            match action.id.as_str() {
                "b" => pending().await,
                _ => ActionResult::Returned(json!(action.id)),
            }
        });
        let finished = |id: &str| Event::Finished {
            id: id.to_owned(),
            result: ActionResult::Returned(json!(id)),
        };
        assert_eq!(flights.land().await, [finished("a"), finished("c")]);
        assert_eq!(
            flights.keep(vec![action("b"), action("d")]),
            [action("d")],
            "only what is not under way is new"
        );
        flights.keep(Vec::new());
        assert!(flights.is_empty());
    }

    #[tokio::test]
    async fn no_more_are_begun_than_there_is_room_for() {
        let mut flights = Flights::default();
        let wanted: Vec<Action> = (0..MOST + 5).map(|at| action(&at.to_string())).collect();
        let new = flights.keep(wanted.clone());
        flights.begin(new, |_| ready(ActionResult::Returned(Value::Null)));
        assert_eq!(flights.keep(wanted).len(), 5);
        assert_eq!(flights.land().await.len(), MOST);
    }

    #[test]
    fn another_action_under_the_same_id_is_begun_anew() {
        let mut flights = Flights::default();
        flights.begin(vec![action("a")], |_| pending());
        let other = Action {
            kind: ActionKind::Emit(json!(1)),
            ..action("a")
        };
        assert_eq!(flights.keep(vec![other.clone()]), [other]);
        assert!(flights.is_empty());
    }
}
