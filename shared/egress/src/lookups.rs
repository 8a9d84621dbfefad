//! The operating system's lookups, each of which occupies a thread until it ends by itself, long after whoever asked has
//! given up. So there is one at a time for a name, however many ask for it, and only so many at a time in all; whoever finds
//! no room is told so, because that says nothing about the name. It does not know what an address is good for.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;

/// Lookups at a time. The operating system gives up after half a minute at the most, and a batch of ten deliveries after
/// three seconds: names that never answer, all of them different, occupy a hundred.
pub(crate) const ROOM: usize = 128;

/// The wait for room, which is part of what a lookup may take.
pub(crate) const ROOM_MS: u64 = 1_000;

type Ask = dyn Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync;

/// What a lookup has brought, once it has ended. An error is its text, because several may have waited for it.
type Answer = Option<Result<Vec<IpAddr>, String>>;

/// By name, where its answer will be.
type UnderWay = Mutex<HashMap<String, watch::Receiver<Answer>>>;

/// Lookups that are under way.
pub(crate) struct Lookups {
    ask: Arc<Ask>,
    room: Arc<Semaphore>,
    under_way: Arc<UnderWay>,
}

impl Lookups {
    /// `ask` may block.
    pub(crate) fn new(
        ask: impl Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync + 'static,
    ) -> Self {
        Self {
            ask: Arc::new(ask),
            room: Arc::new(Semaphore::new(ROOM)),
            under_way: Arc::default(),
        }
    }

    /// The addresses of a name. An error of the kind `ResourceBusy` says that nobody was asked.
    pub(crate) async fn find(&self, name: String) -> io::Result<Vec<IpAddr>> {
        let joined = lock(&self.under_way).get(&name).cloned();
        let mut answer = match joined {
            Some(answer) => answer,
            None => {
                let room = Arc::clone(&self.room).acquire_owned();
                let room = timeout(Duration::from_millis(ROOM_MS), room).await;
                let room = room.map_err(|_| io::Error::from(io::ErrorKind::ResourceBusy))?;
                self.begin(name, room.map_err(io::Error::other)?)
            }
        };
        let ended = answer.wait_for(Option::is_some).await;
        match &*ended.map_err(io::Error::other)? {
            Some(Ok(found)) => Ok(found.clone()),
            Some(Err(reason)) => Err(io::Error::other(reason.clone())),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// Somebody else may have begun while this one waited for room; then it gives the room back.
    fn begin(&self, name: String, room: OwnedSemaphorePermit) -> watch::Receiver<Answer> {
        let mut under_way = lock(&self.under_way);
        let vacant = match under_way.entry(name.clone()) {
            Entry::Occupied(joined) => return joined.get().clone(),
            Entry::Vacant(vacant) => vacant,
        };
        let (told, answer) = watch::channel(None);
        vacant.insert(answer.clone());
        let ask = Arc::clone(&self.ask);
        let entry = Begun {
            under_way: Arc::clone(&self.under_way),
            name,
            _room: room,
        };
        tokio::task::spawn_blocking(move || {
            let ended = ask(&entry.name).map_err(|error| error.to_string());
            drop(entry);
            told.send_replace(Some(ended));
        });
        answer
    }
}

/// A lookup's place among those that are under way, and its room: given up however it ends.
struct Begun {
    under_way: Arc<UnderWay>,
    name: String,
    _room: OwnedSemaphorePermit,
}

impl Drop for Begun {
    fn drop(&mut self) {
        lock(&self.under_way).remove(&self.name);
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

    /// Every name but `good` hangs until the other half is dropped. Counts what was asked.
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

    /// Whoever asked has given up; the lookups go on.
    async fn abandon(lookups: &Lookups, names: impl Iterator<Item = String>) {
        let given_up = names.map(|name| timeout(Duration::ZERO, lookups.find(name)));
        assert!(join_all(given_up).await.iter().all(Result::is_err));
    }

    #[tokio::test]
    async fn a_name_that_answers_is_found_beside_many_that_hang() {
        let (lookups, _, _release) = hanging();
        abandon(&lookups, (1..ROOM).map(|n| format!("hangs-{n}"))).await;
        assert_eq!(lookups.find("good".into()).await.unwrap(), [FOUND]);
    }

    #[tokio::test]
    async fn a_name_that_hangs_is_asked_for_once_however_often_it_is_wanted() {
        let (lookups, asked, release) = hanging();
        abandon(&lookups, (0..10 * ROOM).map(|_| "hangs".to_owned())).await;
        assert_eq!(lookups.find("good".into()).await.unwrap(), [FOUND]);
        let waiting = [lookups.find("hangs".into()), lookups.find("hangs".into())];
        let mut waiting = std::pin::pin!(join_all(waiting));
        let begun = timeout(Duration::ZERO, &mut waiting).await;
        assert!(begun.is_err(), "they wait for the one that is under way");
        drop(release);
        for found in waiting.await {
            assert_eq!(found.unwrap(), [FOUND]);
        }
        assert_eq!(asked.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn no_room_is_told_and_nothing_about_the_name() {
        let (lookups, asked, release) = hanging();
        abandon(&lookups, (0..ROOM).map(|n| format!("hangs-{n}"))).await;
        tokio::time::pause();
        let wait = tokio::time::advance(Duration::from_millis(ROOM_MS + 1));
        let (refused, ()) = tokio::join!(lookups.find("good".into()), wait);
        assert_eq!(refused.unwrap_err().kind(), io::ErrorKind::ResourceBusy);
        tokio::time::resume();
        drop(release);
        assert_eq!(lookups.find("good".into()).await.unwrap(), [FOUND]);
        assert_eq!(asked.load(Ordering::SeqCst), ROOM + 1);
        let all = u32::try_from(ROOM).unwrap();
        drop(lookups.room.acquire_many(all).await.unwrap());
        assert!(lock(&lookups.under_way).is_empty(), "nothing is kept");
    }
}
