//! How far the webhooks of a trigger were forwarded, for the next `listen`. Does not know webhooks.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ::time::OffsetDateTime;
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::context::Context;
use crate::failure::{Doing as _, Failure, Result};
use crate::find::TriggerRef;
use crate::follow::Follower;
use crate::time;

/// Whoever stopped listening longer ago does not expect the rest.
const MAX_CATCH_UP: Duration = Duration::from_secs(24 * 3_600);
/// While nothing comes, it is written down so often that somebody listened.
const IDLE_STORE: Duration = Duration::from_secs(30);

/// The file, and when it was written.
#[derive(Debug)]
pub(super) struct ProgressFile {
    path: PathBuf,
    stored_at: Option<Instant>,
}

/// How far it came.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Progress {
    /// The creation of the newest execution that was dealt with, or where the first `listen` began.
    pub(super) newest: String,
    /// Recent executions that were dealt with, with their creation.
    #[serde(default)]
    pub(super) seen: BTreeMap<String, String>,
    /// When somebody listened last.
    #[serde(default)]
    listened_at: String,
}

impl Progress {
    /// From a time on.
    pub(super) fn from(newest: String) -> Self {
        Self {
            newest,
            seen: BTreeMap::new(),
            listened_at: String::new(),
        }
    }
}

impl ProgressFile {
    /// One for each trigger of each address.
    pub(super) fn of(client: &Client, found: &TriggerRef) -> Result<Self> {
        let variable = |name| {
            let value = std::env::var_os(name).filter(|value| !value.is_empty());
            value.map(PathBuf::from)
        };
        let state = variable("XDG_STATE_HOME");
        let state = state.or_else(|| variable("HOME").map(|home| home.join(".local/state")));
        let state = state.ok_or_else(|| {
            Failure::usage("There is no place to remember how far it came.")
                .hint("Set HOME or XDG_STATE_HOME.")
        })?;
        let plain = |text: &str| -> String {
            let kept = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
            text.chars().map(kept).collect()
        };
        let name = format!(
            "{}-{}.json",
            plain(&client.target().url),
            plain(&found.trigger)
        );
        Ok(Self {
            path: state.join("sluice/listen").join(name),
            stored_at: None,
        })
    }

    /// Where the last one ended, if that is not too long ago; else now.
    pub(super) fn read(&self, context: &Context, now: OffsetDateTime) -> Progress {
        let bytes = std::fs::read(&self.path).ok();
        let kept = bytes.and_then(|bytes| serde_json::from_slice::<Progress>(&bytes).ok());
        let Some(kept) = kept else {
            return Progress::from(time::iso(now));
        };
        match time::parse(&kept.listened_at).filter(|at| now - *at <= MAX_CATCH_UP) {
            Some(_) => {
                context.out.say(&format!(
                    "It goes on where the last one ended, at {}; --since says otherwise.",
                    kept.listened_at
                ));
                kept
            }
            None => {
                context.out.say("The last one ended more than a day ago: it begins now; --since says otherwise.");
                Progress::from(time::iso(now))
            }
        }
    }

    /// Writes it while nothing comes, now and then.
    pub(super) fn store_idle(&mut self, follower: &Follower<'_>) -> Result<()> {
        let is_due = self.stored_at.is_none_or(|at| at.elapsed() >= IDLE_STORE);
        if is_due { self.store(follower) } else { Ok(()) }
    }

    /// Writes it whole or not at all: an old one sends something twice, half a one would lose it.
    pub(super) fn store(&mut self, follower: &Follower<'_>) -> Result<()> {
        let path = &self.path;
        let what = || format!("cannot write {}", path.display());
        let seen = follower.recent().map(|(id, at)| (id.clone(), at.clone()));
        let progress = Progress {
            newest: follower.newest().to_owned(),
            seen: seen.collect(),
            listened_at: time::iso(time::now()),
        };
        let bytes = serde_json::to_vec(&progress).doing(what)?;
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).doing(what)?;
        let new = path.with_extension(format!("{}.new", std::process::id()));
        std::fs::write(&new, bytes).doing(what)?;
        std::fs::rename(&new, path).doing(what)?;
        self.stored_at = Some(Instant::now());
        Ok(())
    }
}
