//! Any schedule of crashes, repeats and late results: the run ends as it does without them, and asks for the same actions
//! under the same ids.

use super::generated::{Flavour, list};
use super::{NOW_MS, advance, context, json_answer, parse, sandbox};
use crate::{Action, ActionKind, ActionResult, Definition, Effect, Event, Run, Sandbox};
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;

/// The outside world, which performs actions. It outlives every worker, and records the actions of each id.
#[derive(Default)]
struct Outside {
    /// When each child began.
    children: BTreeMap<String, i64>,
    /// The distinct actions of each id.
    asked: BTreeMap<String, Vec<ActionKind>>,
}

impl Outside {
    fn note(&mut self, actions: &[Action]) {
        for action in actions {
            let kinds = self.asked.entry(action.id.clone()).or_default();
            if !kinds.contains(&action.kind) {
                kinds.push(action.kind.clone());
            }
        }
    }

    /// The result of an action, the same for every repeat; a child ends after half a minute.
    fn perform(&mut self, action: &Action, now_ms: i64) -> ActionResult {
        let done = json!({ "done": action.id });
        match &action.kind {
            ActionKind::Http(call) => {
                let status = if call.url.ends_with("fails") {
                    503
                } else {
                    200
                };
                ActionResult::Called(json_answer(status, &done))
            }
            ActionKind::Workflow(_) => {
                let begun_ms = *self.children.entry(action.id.clone()).or_insert(now_ms);
                match begun_ms + 30_000 {
                    until_ms if until_ms > now_ms => ActionResult::Pending { until_ms },
                    _ => ActionResult::Returned(done),
                }
            }
            ActionKind::Emit(_) | ActionKind::Function { .. } => ActionResult::Returned(done),
        }
    }
}

/// What happens between two calls of `advance`.
#[derive(Clone, Copy, Debug)]
enum Turn {
    /// The action with this index ends, and the checkpoint after it is written.
    Lands(usize),
    /// The same, and the worker dies before the checkpoint.
    LandsAndCrashes(usize),
    /// The worker dies.
    Crashes,
    /// A result arrives again that no task waits for.
    LandsAgain(usize),
    /// The worker is woken, and nothing has changed.
    Wakes,
}

fn turns(is_ordered: bool) -> impl Strategy<Value = Vec<Turn>> {
    let place = move |at: usize| if is_ordered { 0 } else { at };
    let turn = (0..8_u8, 0..8_usize).prop_map(move |(kind, at)| match kind {
        0 => Turn::Crashes,
        1 => Turn::LandsAgain(at),
        2 => Turn::Wakes,
        3 | 4 => Turn::LandsAndCrashes(place(at)),
        _ => Turn::Lands(place(at)),
    });
    prop::collection::vec(turn, 0..60)
}

/// A worker and those that replace it after a crash.
struct Work<'w> {
    definition: &'w Definition,
    sandbox: Sandbox,
    outside: Outside,
    run: Run,
    /// The last checkpoint, from which the next worker continues.
    written: Vec<u8>,
    landed: Vec<String>,
    now_ms: i64,
}

impl Work<'_> {
    fn advance(&mut self, event: Event) -> Effect {
        let advanced = advance(
            self.definition,
            &mut self.run,
            event,
            self.now_ms,
            &self.sandbox,
        );
        advanced.expect("no expression is stuck").effect
    }

    fn write(&mut self) {
        self.written = serde_json::to_vec(&self.run).expect("JSON");
    }

    fn crash(&mut self) -> Event {
        self.run = serde_json::from_slice(&self.written).expect("a checkpoint");
        Event::Continue
    }

    fn finished(&mut self, actions: &[Action], at: usize) -> Event {
        let action = &actions[at % actions.len()];
        // A pending child is not listed all the time, but the run still waits for it.
        if !matches!(action.kind, ActionKind::Workflow(_)) {
            self.landed.push(action.id.clone());
        }
        Event::Finished {
            id: action.id.clone(),
            result: self.outside.perform(action, self.now_ms),
        }
    }

    /// Feeds a result that no task waits for: it must change nothing.
    fn repeat_late_result(&mut self, actions: &[Action], at: usize) {
        let stale = |id: &&String| actions.iter().all(|action| action.id != **id);
        let stale: Vec<_> = self.landed.iter().filter(stale).cloned().collect();
        if stale.is_empty() {
            return;
        }
        let before = self.run.clone();
        self.advance(Event::Finished {
            id: stale[at % stale.len()].clone(),
            result: ActionResult::Returned(json!("stale")),
        });
        assert_eq!(self.run, before);
    }

    /// The event after this turn.
    fn take(&mut self, turn: Turn, actions: &[Action]) -> Event {
        match turn {
            Turn::Lands(at) => {
                let event = self.finished(actions, at);
                self.advance(event);
                self.write();
                Event::Continue
            }
            Turn::LandsAndCrashes(at) => {
                let event = self.finished(actions, at);
                self.advance(event);
                self.crash()
            }
            Turn::Crashes => self.crash(),
            Turn::LandsAgain(at) => {
                self.repeat_late_result(actions, at);
                Event::Continue
            }
            Turn::Wakes => Event::Awoken,
        }
    }
}

fn work(tasks: &str, turns: &[Turn]) -> (Effect, BTreeMap<String, Vec<ActionKind>>) {
    let definition = parse(&format!("do: {tasks}"));
    let run = Run::start(context(), json!({"n": 0}));
    let mut work = Work {
        definition: &definition,
        sandbox: sandbox(),
        outside: Outside::default(),
        written: serde_json::to_vec(&run).expect("JSON"),
        run,
        landed: Vec::new(),
        now_ms: NOW_MS,
    };
    let mut turns = turns.iter().copied();
    let mut event = Event::Start;
    loop {
        event = match work.advance(event) {
            Effect::Perform { actions, .. } => {
                work.outside.note(&actions);
                work.take(turns.next().unwrap_or(Turn::Lands(0)), &actions)
            }
            Effect::Wait { until_ms } => {
                work.write();
                work.now_ms = until_ms;
                Event::Resumed
            }
            Effect::Continue => {
                work.write();
                Event::Continue
            }
            end @ (Effect::Done(_) | Effect::Fault(_)) => return (end, work.outside.asked),
        };
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn crashes_and_repeats_change_neither_the_outcome_nor_an_id(
        tasks in list(2, Flavour::Anything),
        turns in turns(true),
    ) {
        let (plain, crashed) = (work(&tasks, &[]), work(&tasks, &turns));
        prop_assert_eq!(&plain.0, &crashed.0);
        prop_assert_eq!(&plain.1, &crashed.1);
        // Only a retry may ask for another action under the same id.
        for (id, kinds) in &crashed.1 {
            prop_assert!(kinds.len() == 1 || id.contains("/try/"), "{}: {:?}", id, kinds);
        }
    }

    #[test]
    fn results_in_any_order_give_the_same_outcome(
        tasks in list(2, Flavour::Unordered),
        turns in turns(false),
    ) {
        let (plain, crashed) = (work(&tasks, &[]), work(&tasks, &turns));
        prop_assert_eq!(&plain.0, &crashed.0);
        prop_assert_eq!(&plain.1, &crashed.1);
    }
}
