//! Limits the operating system's DNS lookups. Each occupies a thread until it ends by itself, long after its caller has given
//! up. So there is at most one lookup at a time for a name, which all its callers share, and a limited number in all. A
//! caller without a free lookup slot gets an error of its own, because that says nothing about the name.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;

/// Lookups at a time. A lookup ends after half a minute at most, and a batch of ten deliveries gives up after three seconds,
/// so names that never answer, all of them different, occupy a hundred.
pub(crate) const MAX_LOOKUPS: usize = 128;

/// How long a caller waits for a slot, which is part of the time limit of a lookup.
pub(crate) const SLOT_WAIT_MS: u64 = 1_000;

type Ask = dyn Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync;

/// The result of a lookup, once it has ended. An error is its text, because several callers may wait for it.
type Answer = Option<Result<Vec<IpAddr>, String>>;

/// By name, the channel that the result will arrive in.
type Running = Mutex<HashMap<String, watch::Receiver<Answer>>>;

/// The lookups that are under way.
pub(crate) struct Lookups {
    ask: Arc<Ask>,
    slot: Arc<Semaphore>,
    running: Arc<Running>,
}

impl Lookups {
    /// `ask` resolves a name, and may block.
    pub(crate) fn new(
        ask: impl Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync + 'static,
    ) -> Self {
        Self {
            ask: Arc::new(ask),
            slot: Arc::new(Semaphore::new(MAX_LOOKUPS)),
            running: Arc::default(),
        }
    }

    /// The addresses of a name. An error of the kind `ResourceBusy` means that there was no free slot, so the name was not
    /// looked up.
    pub(crate) async fn find(&self, name: String) -> io::Result<Vec<IpAddr>> {
        let joined = lock(&self.running).get(&name).cloned();
        let mut answer = match joined {
            Some(answer) => answer,
            None => {
                let slot = Arc::clone(&self.slot).acquire_owned();
                let slot = timeout(Duration::from_millis(SLOT_WAIT_MS), slot).await;
                let slot = slot.map_err(|_| io::Error::from(io::ErrorKind::ResourceBusy))?;
                self.start(name, slot.map_err(io::Error::other)?)
            }
        };
        let ended = answer.wait_for(Option::is_some).await;
        match &*ended.map_err(io::Error::other)? {
            Some(Ok(found)) => Ok(found.clone()),
            Some(Err(reason)) => Err(io::Error::other(reason.clone())),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// Another caller may have started the lookup while this one waited for a slot; then the slot is released.
    fn start(&self, name: String, slot: OwnedSemaphorePermit) -> watch::Receiver<Answer> {
        let mut running = lock(&self.running);
        let vacant = match running.entry(name.clone()) {
            Entry::Occupied(joined) => return joined.get().clone(),
            Entry::Vacant(vacant) => vacant,
        };
        let (sender, answer) = watch::channel(None);
        vacant.insert(answer.clone());
        let ask = Arc::clone(&self.ask);
        let entry = RunningLookup {
            running: Arc::clone(&self.running),
            name,
            _slot: slot,
        };
        tokio::task::spawn_blocking(move || {
            let ended = ask(&entry.name).map_err(|error| error.to_string());
            drop(entry);
            sender.send_replace(Some(ended));
        });
        answer
    }
}

/// A running lookup: dropping it releases its slot and removes it from the list.
struct RunningLookup {
    running: Arc<Running>,
    name: String,
    _slot: OwnedSemaphorePermit,
}

impl Drop for RunningLookup {
    fn drop(&mut self) {
        lock(&self.running).remove(&self.name);
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    use futures::future::join_all;

    use super::*;

    const FOUND: IpAddr = IpAddr::V4(Ipv4Addr::new(8, 8, 8, 8));

    /// Every name except `good` hangs until the sender is dropped. Counts the lookups.
    fn hanging() -> (Lookups, Arc<AtomicUsize>, mpsc::Sender<()>) {
        let (release, held) = mpsc::channel();
        let held = Mutex::new(held);
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&asked);
        let lookups = Lookups::new(move |name| {
            counter.fetch_add(1, Ordering::SeqCst);
            if name != "good" {
                // An error, because nothing is ever sent.
                lock(&held).recv().ok();
            }
            Ok(vec![FOUND])
        });
        (lookups, asked, release)
    }

    /// The callers give up; the lookups go on.
    async fn abandon(lookups: &Lookups, names: impl Iterator<Item = String>) {
        let given_up = names.map(|name| timeout(Duration::ZERO, lookups.find(name)));
        assert!(join_all(given_up).await.iter().all(Result::is_err));
    }

    #[tokio::test]
    async fn a_name_is_resolved_beside_many_that_hang() {
        let (lookups, _, _release) = hanging();
        abandon(&lookups, (1..MAX_LOOKUPS).map(|n| format!("hangs-{n}"))).await;
        assert_eq!(lookups.find("good".into()).await.unwrap(), [FOUND]);
    }

    #[tokio::test]
    async fn all_callers_of_a_hanging_name_share_one_lookup() {
        let (lookups, asked, release) = hanging();
        abandon(&lookups, (0..10 * MAX_LOOKUPS).map(|_| "hangs".to_owned())).await;
        assert_eq!(lookups.find("good".into()).await.unwrap(), [FOUND]);
        let waiting = [lookups.find("hangs".into()), lookups.find("hangs".into())];
        let mut waiting = std::pin::pin!(join_all(waiting));
        let begun = timeout(Duration::ZERO, &mut waiting).await;
        assert!(begun.is_err(), "both wait for the running lookup");
        drop(release);
        for found in waiting.await {
            assert_eq!(found.unwrap(), [FOUND]);
        }
        assert_eq!(asked.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn without_a_free_slot_the_error_is_resource_busy_and_not_one_of_the_name() {
        let (lookups, asked, release) = hanging();
        abandon(&lookups, (0..MAX_LOOKUPS).map(|n| format!("hangs-{n}"))).await;
        tokio::time::pause();
        let wait = tokio::time::advance(Duration::from_millis(SLOT_WAIT_MS + 1));
        let (refused, ()) = tokio::join!(lookups.find("good".into()), wait);
        assert_eq!(refused.unwrap_err().kind(), io::ErrorKind::ResourceBusy);
        tokio::time::resume();
        drop(release);
        assert_eq!(lookups.find("good".into()).await.unwrap(), [FOUND]);
        let all = u32::try_from(MAX_LOOKUPS).unwrap();
        drop(lookups.slot.acquire_many(all).await.unwrap());
        assert_eq!(asked.load(Ordering::SeqCst), MAX_LOOKUPS + 1);
        assert!(lock(&lookups.running).is_empty(), "nothing is kept");
    }
}
