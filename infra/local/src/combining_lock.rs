//! A flat-combining lock for tasks: who finds the value free runs its job at once, and then the jobs that were queued
//! meanwhile. So no thread waits for the lock, and none has to be woken for the next job to begin. It does not know what it
//! locks.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// How many jobs of others a task runs before it goes on with its own work.
const JOBS_OF_OTHERS: usize = 8;

type Job<T> = Box<dyn FnOnce(&T) + Send>;

/// Shared by its clones.
pub(crate) struct CombiningLock<T>(Arc<Shared<T>>);

struct Shared<T> {
    value: T,
    queue: Mutex<Queue<T>>,
}

struct Queue<T> {
    is_locked: bool,
    jobs: VecDeque<Job<T>>,
}

impl<T> Clone for CombiningLock<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Send + Sync + 'static> CombiningLock<T> {
    pub(crate) fn new(value: T) -> Self {
        let queue = Mutex::new(Queue {
            is_locked: false,
            jobs: VecDeque::new(),
        });
        Self(Arc::new(Shared { value, queue }))
    }

    /// The value without the lock, for who needs none.
    pub(crate) fn value(&self) -> &T {
        &self.0.value
    }

    /// Runs a job alone, in the order of the calls. A panic of the job is one of the caller.
    pub(crate) async fn run<R: Send + 'static>(
        &self,
        job: impl FnOnce(&T) -> R + Send + 'static,
    ) -> R {
        let job = move |value: &T| catch_unwind(AssertUnwindSafe(|| job(value)));
        let done = match self.lock_or_queue(job) {
            Entry::Locked(job) => {
                let done = job(&self.0.value);
                self.unlock();
                done
            }
            // The sender is only dropped after it has sent.
            Entry::Queued(done) => done.await.unwrap_or_else(|gone| Err(Box::new(gone))),
        };
        done.unwrap_or_else(|panic| resume_unwind(panic))
    }

    fn lock_or_queue<R: Send + 'static, J: FnOnce(&T) -> R + Send + 'static>(
        &self,
        job: J,
    ) -> Entry<J, R> {
        let mut queue = self.queue();
        if !queue.is_locked {
            queue.is_locked = true;
            return Entry::Locked(job);
        }
        let (sender, done) = oneshot::channel();
        queue.jobs.push_back(Box::new(move |value| {
            // A caller that is gone does not need the answer.
            let _ = sender.send(job(value));
        }));
        Entry::Queued(done)
    }

    /// Runs the jobs that were queued meanwhile; when they are many, the rest in a task of its own.
    fn unlock(&self) {
        for _ in 0..JOBS_OF_OTHERS {
            let Some(job) = self.next() else { return };
            job(&self.0.value);
        }
        let lock = self.clone();
        tokio::spawn(async move { lock.unlock() });
    }

    /// The next job. Without one, the lock is free.
    fn next(&self) -> Option<Job<T>> {
        let mut queue = self.queue();
        let next = queue.jobs.pop_front();
        queue.is_locked = next.is_some();
        next
    }

    fn queue(&self) -> MutexGuard<'_, Queue<T>> {
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Entry<J, R> {
    Locked(J),
    Queued(oneshot::Receiver<R>),
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use futures::FutureExt as _;

    use super::*;

    /// Holds the lock until the sender sends.
    fn held(lock: &CombiningLock<Mutex<Vec<usize>>>) -> mpsc::Sender<()> {
        let (begun, began) = mpsc::channel();
        let (end, ended) = mpsc::channel();
        let lock = lock.clone();
        tokio::spawn(async move {
            let job = move |_: &Mutex<Vec<usize>>| {
                begun.send(()).unwrap();
                ended.recv_timeout(Duration::from_secs(60)).unwrap();
            };
            lock.run(job).await;
        });
        began.recv_timeout(Duration::from_secs(60)).unwrap();
        end
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn jobs_wait_without_a_thread_and_run_in_order() {
        let lock = CombiningLock::new(Mutex::new(Vec::new()));
        let end = held(&lock);
        let more = JOBS_OF_OTHERS * 3;
        let mut waiting: Vec<_> = (0..more)
            .map(|number| {
                let job = move |numbers: &Mutex<Vec<usize>>| {
                    numbers.lock().unwrap().push(number);
                    number
                };
                Box::pin(lock.run(job))
            })
            .collect();
        for job in &mut waiting {
            assert_eq!(job.now_or_never(), None);
        }
        end.send(()).unwrap();
        let answers = futures::future::join_all(waiting).await;
        let expected: Vec<usize> = (0..more).collect();
        assert_eq!(answers, expected);
        assert_eq!(*lock.value().lock().unwrap(), expected);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_job_runs_when_its_caller_is_gone() {
        let lock = CombiningLock::new(Mutex::new(Vec::new()));
        let end = held(&lock);
        let push = |number| move |numbers: &Mutex<Vec<usize>>| numbers.lock().unwrap().push(number);
        let mut gone = Box::pin(lock.run(push(1)));
        assert_eq!((&mut gone).now_or_never(), None);
        drop(gone);
        end.send(()).unwrap();
        lock.run(push(2)).await;
        assert_eq!(*lock.value().lock().unwrap(), [1, 2]);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_panic_is_one_of_its_caller_alone() {
        let lock = CombiningLock::new(Mutex::new(vec![7]));
        let panicking = |_: &Mutex<Vec<usize>>| panic!("as the test wants");
        let panicked = AssertUnwindSafe(lock.run(panicking)).catch_unwind().await;
        assert!(panicked.is_err());
        let end = held(&lock);
        let mut panics = Box::pin(AssertUnwindSafe(lock.run(panicking)).catch_unwind());
        assert!((&mut panics).now_or_never().is_none());
        let mut after =
            Box::pin(lock.run(|numbers: &Mutex<Vec<usize>>| numbers.lock().unwrap()[0]));
        assert_eq!((&mut after).now_or_never(), None);
        end.send(()).unwrap();
        assert!(panics.await.is_err());
        assert_eq!(after.await, 7);
    }
}
