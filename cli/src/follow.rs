//! Follows the history of executions. A page may lack what was written while it was read, and clocks differ: each look goes
//! back a little, and what was seen is remembered. After a pause of any length, the next look reads everything since the last.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::client::{Client, op, pages};
use crate::context::Context;
use crate::failure::{Exit, Failure, Result};
use crate::find::text;
use crate::time;

/// How far a look goes back behind the newest execution that was seen.
const OVERLAP: Duration = Duration::from_secs(60);
/// How many executions one look reads at most: some hundreds of megabytes.
const MAX_LOOK: usize = 500_000;
/// How many executions that began earlier and have not ended are asked for by themselves.
const MAX_UNENDED: usize = 50;
/// The status of an execution that is dealt with, whatever becomes of it.
const SEEN: &str = "seen";
/// The longest pause while nobody answers.
const MAX_PAUSE: Duration = Duration::from_secs(30);

/// Sees each execution, and each status of it, once.
#[derive(Debug)]
pub(crate) struct Follower<'c> {
    client: &'c Client,
    filter: Vec<(&'static str, String)>,
    /// No look goes back behind it.
    since: String,
    /// The creation of the newest execution that was seen.
    newest: String,
    /// By id: creation and status.
    seen: BTreeMap<String, (String, String)>,
}

impl<'c> Follower<'c> {
    /// From a time on.
    pub(crate) fn new(
        client: &'c Client,
        filter: Vec<(&'static str, String)>,
        since: &str,
    ) -> Self {
        Self {
            client,
            filter,
            since: since.to_owned(),
            newest: since.to_owned(),
            seen: BTreeMap::new(),
        }
    }

    /// Remembers what an earlier process has seen.
    pub(crate) fn with_seen(mut self, seen: impl IntoIterator<Item = (String, String)>) -> Self {
        self.seen = seen
            .into_iter()
            .map(|(id, at)| (id, (at, SEEN.to_owned())))
            .collect();
        // What was written late may be older than the newest that was seen.
        if let Some(newest) = time::parse(&self.newest).filter(|_| !self.seen.is_empty()) {
            self.since = time::iso(newest - OVERLAP);
        }
        self
    }

    /// New executions, the oldest first.
    pub(crate) fn new_executions(&mut self) -> Result<Vec<Value>> {
        let found = self.look()?;
        let new = found
            .into_iter()
            .filter(|execution| !self.seen.contains_key(text(execution, "id")));
        Ok(new.collect())
    }

    /// An execution is dealt with.
    pub(crate) fn done(&mut self, execution: &Value) {
        self.remember(execution, SEEN);
        self.forget();
    }

    /// What has to be remembered for another process: ids with their creation.
    pub(crate) fn recent(&self) -> impl Iterator<Item = (&String, &String)> {
        self.seen.iter().map(|(id, (at, _))| (id, at))
    }

    /// The creation of the newest execution that was dealt with.
    pub(crate) fn newest(&self) -> &str {
        &self.newest
    }

    /// Executions that are new or have another status, the oldest first.
    pub(crate) fn changes(&mut self) -> Result<Vec<Value>> {
        let mut found = self.look()?;
        let unended = self.seen.iter().filter(|(id, (_, status))| {
            !crate::commands::execution::has_ended(status)
                && !found
                    .iter()
                    .any(|execution| text(execution, "id") == id.as_str())
        });
        let unended: Vec<String> = unended
            .map(|(id, _)| id.clone())
            .take(MAX_UNENDED)
            .collect();
        for id in unended {
            match self.client.call(op::GET_EXECUTION, &[&id]).json() {
                Ok(execution) => found.push(execution),
                // Somebody deleted it.
                Err(failure) if failure.exit == Exit::NotFound => {
                    self.seen.remove(&id);
                }
                Err(failure) => return Err(failure),
            }
        }
        found.retain(|execution| {
            let known = self.seen.get(text(execution, "id"));
            known.is_none_or(|(_, status)| status != text(execution, "status"))
        });
        for execution in &found {
            self.remember(execution, text(execution, "status"));
        }
        self.forget();
        Ok(found)
    }

    fn look(&self) -> Result<Vec<Value>> {
        let back = time::parse(&self.newest).map(|newest| time::iso(newest - OVERLAP));
        let since = back
            .unwrap_or_else(|| self.since.clone())
            .max(self.since.clone());
        let page = || {
            let call = self
                .client
                .call(op::LIST_EXECUTIONS, &[])
                .query("since", since.clone());
            self.filter
                .iter()
                .fold(call, |call, (name, value)| call.query(name, value.clone()))
        };
        let mut found = pages(MAX_LOOK, page)?;
        // A list begins with the newest: what it has no room for would be missed.
        if found.len() == MAX_LOOK {
            return Err(Failure::failed(format!(
                "There are more than {MAX_LOOK} executions since {since}."
            ))
            .hint("Begin later: --since"));
        }
        found.sort_by(|one, other| {
            (text(one, "createdAt"), text(one, "id"))
                .cmp(&(text(other, "createdAt"), text(other, "id")))
        });
        Ok(found)
    }

    fn remember(&mut self, execution: &Value, status: &str) {
        let created = text(execution, "createdAt").to_owned();
        if created > self.newest {
            self.newest.clone_from(&created);
        }
        self.seen.insert(
            text(execution, "id").to_owned(),
            (created, status.to_owned()),
        );
    }

    /// What no look can see again need not be remembered.
    fn forget(&mut self) {
        let Some(newest) = time::parse(&self.newest) else {
            return;
        };
        let bound = time::iso(newest - OVERLAP * 2);
        self.seen.retain(|_, (created, status)| {
            *created >= bound || !(crate::commands::execution::has_ended(status) || status == SEEN)
        });
    }
}

/// Waits between looks, and longer while nobody answers: a closed lid or a lost network ends nothing.
#[derive(Debug)]
pub(crate) struct Patience {
    every: Duration,
    pause: Duration,
    lost_at: Option<Instant>,
}

impl Patience {
    /// A look this often.
    pub(crate) fn new(every: Duration) -> Self {
        let every = every.max(Duration::from_millis(200));
        Self {
            every,
            pause: every,
            lost_at: None,
        }
    }

    /// A look was answered.
    pub(crate) fn reached<T>(&mut self, context: &Context, found: T) -> T {
        if self.lost_at.take().is_some() {
            context.out.say("It answers again; nothing was missed.");
        }
        self.pause = self.every;
        found
    }

    /// A look was not answered: what repeats cannot change ends the command.
    pub(crate) fn failed<T: Default>(&mut self, context: &Context, failure: Failure) -> Result<T> {
        if !failure.may_pass() {
            return Err(failure);
        }
        if self.lost_at.is_none() {
            context.out.say(failure.message());
            context.out.say("It is asked again until it answers.");
            self.lost_at = Some(Instant::now());
        }
        self.pause = (self.pause * 2).min(MAX_PAUSE.max(self.every));
        Ok(T::default())
    }

    /// Until the next look.
    pub(crate) fn pause(&self) {
        std::thread::sleep(self.pause);
    }
}
