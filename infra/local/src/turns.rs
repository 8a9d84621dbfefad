//! Something that one thread at a time can use, shared by tasks: who finds it free uses it at once, and then does the work of
//! those who came meanwhile. So no thread waits for its turn, and none has to be woken for the next turn to begin. Does not
//! know what is shared.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// How many turns of others a task does before it goes on with its own work.
const MAX_TURNS_OF_OTHERS: usize = 8;

type Work<T> = Box<dyn FnOnce(&T) + Send>;

/// Shared by its clones.
pub(crate) struct Turns<T>(Arc<Shared<T>>);

struct Shared<T> {
    resource: T,
    line: Mutex<Line<T>>,
}

struct Line<T> {
    is_in_use: bool,
    waiting: VecDeque<Work<T>>,
}

impl<T> Clone for Turns<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Send + Sync + 'static> Turns<T> {
    pub(crate) fn new(resource: T) -> Self {
        let line = Mutex::new(Line {
            is_in_use: false,
            waiting: VecDeque::new(),
        });
        Self(Arc::new(Shared { resource, line }))
    }

    /// What is shared, for work that brings its own lock.
    pub(crate) fn resource(&self) -> &T {
        &self.0.resource
    }

    /// Does the work when it is its turn, which is in the order of the calls. A panic of the work is one of the caller.
    pub(crate) async fn take<R: Send + 'static>(
        &self,
        work: impl FnOnce(&T) -> R + Send + 'static,
    ) -> R {
        let work = move |resource: &T| catch_unwind(AssertUnwindSafe(|| work(resource)));
        let done = match self.enter(work) {
            Turn::Now(work) => {
                let done = work(&self.0.resource);
                self.leave();
                done
            }
            // The sender is only dropped after it has sent.
            Turn::Later(done) => done.await.unwrap_or_else(|gone| Err(Box::new(gone))),
        };
        done.unwrap_or_else(|panic| resume_unwind(panic))
    }

    fn enter<R: Send + 'static, W: FnOnce(&T) -> R + Send + 'static>(&self, work: W) -> Turn<W, R> {
        let mut line = self.line();
        if !line.is_in_use {
            line.is_in_use = true;
            return Turn::Now(work);
        }
        let (sender, done) = oneshot::channel();
        line.waiting.push_back(Box::new(move |resource| {
            // A caller that is gone does not need the answer.
            let _ = sender.send(work(resource));
        }));
        Turn::Later(done)
    }

    /// Does the work of those who came meanwhile; when they are many, in a task of its own.
    fn leave(&self) {
        for _ in 0..MAX_TURNS_OF_OTHERS {
            let Some(work) = self.next() else { return };
            work(&self.0.resource);
        }
        let turns = self.clone();
        tokio::spawn(async move { turns.leave() });
    }

    /// The next in line. Without one, the resource is free.
    fn next(&self) -> Option<Work<T>> {
        let mut line = self.line();
        let next = line.waiting.pop_front();
        line.is_in_use = next.is_some();
        next
    }

    fn line(&self) -> MutexGuard<'_, Line<T>> {
        self.0.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Turn<W, R> {
    Now(W),
    Later(oneshot::Receiver<R>),
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use futures::FutureExt as _;

    use super::*;

    /// A turn that is under way until the sender sends.
    fn held(turns: &Turns<Mutex<Vec<usize>>>) -> mpsc::Sender<()> {
        let (begun, began) = mpsc::channel();
        let (end, ended) = mpsc::channel();
        let turns = turns.clone();
        tokio::spawn(async move {
            let work = move |_: &Mutex<Vec<usize>>| {
                begun.send(()).unwrap();
                ended.recv_timeout(Duration::from_secs(60)).unwrap();
            };
            turns.take(work).await;
        });
        began.recv_timeout(Duration::from_secs(60)).unwrap();
        end
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn work_waits_for_its_turn_without_a_thread_and_is_done_in_order() {
        let turns = Turns::new(Mutex::new(Vec::new()));
        let end = held(&turns);
        let more = MAX_TURNS_OF_OTHERS * 3;
        let mut waiting: Vec<_> = (0..more)
            .map(|number| {
                let work = move |numbers: &Mutex<Vec<usize>>| {
                    numbers.lock().unwrap().push(number);
                    number
                };
                Box::pin(turns.take(work))
            })
            .collect();
        for turn in &mut waiting {
            assert_eq!(turn.now_or_never(), None);
        }
        end.send(()).unwrap();
        let answers = futures::future::join_all(waiting).await;
        let expected: Vec<usize> = (0..more).collect();
        assert_eq!(answers, expected);
        assert_eq!(*turns.resource().lock().unwrap(), expected);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn work_is_done_when_its_caller_is_gone() {
        let turns = Turns::new(Mutex::new(Vec::new()));
        let end = held(&turns);
        let push = |number| move |numbers: &Mutex<Vec<usize>>| numbers.lock().unwrap().push(number);
        let mut gone = Box::pin(turns.take(push(1)));
        assert_eq!((&mut gone).now_or_never(), None);
        drop(gone);
        end.send(()).unwrap();
        turns.take(push(2)).await;
        assert_eq!(*turns.resource().lock().unwrap(), [1, 2]);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_panic_is_one_of_its_caller_alone() {
        let turns = Turns::new(Mutex::new(vec![7]));
        let panicking = |_: &Mutex<Vec<usize>>| panic!("as the test wants");
        let panicked = AssertUnwindSafe(turns.take(panicking)).catch_unwind().await;
        assert!(panicked.is_err());
        let end = held(&turns);
        let mut panics = Box::pin(AssertUnwindSafe(turns.take(panicking)).catch_unwind());
        assert!((&mut panics).now_or_never().is_none());
        let mut after =
            Box::pin(turns.take(|numbers: &Mutex<Vec<usize>>| numbers.lock().unwrap()[0]));
        assert_eq!((&mut after).now_or_never(), None);
        end.send(()).unwrap();
        assert!(panics.await.is_err());
        assert_eq!(after.await, 7);
    }
}
