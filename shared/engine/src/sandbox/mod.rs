//! Evaluates expressions of strangers: no way out of the sandbox, and no way to use more than a set amount of it.
//!
//! - An allow-list of functions: nothing reads the environment, the clock, files or input, nothing writes, nothing exits.
//! - Every step of the interpreter, every element made, copied, compared or printed costs work, and work is limited.
//! - Values count the memory they hold, and nest only so deep; recursion is measured against the stack.
//! - Evaluation runs on a thread of its own with a large stack; past its CPU time the caller goes on without it. Only paths,
//!   which need no interpreter, are answered on the caller's thread.
//!
//! Limits end an evaluation by unwinding, which an expression cannot catch. Knows nothing of workflows.

mod access;
mod arithmetic;
mod builtins;
mod collections;
mod conversion;
mod dates;
mod evaluator;
mod failure;
mod formats;
mod json_reader;
mod json_writer;
mod library;
mod meter;
mod number;
mod number_text;
mod order;
mod path_filters;
mod pattern;
pub(crate) mod pattern_weight;
mod places;
mod plain_json;
mod plain_path;
mod program;
mod removal;
mod search;
mod strings;
mod stuck;
mod survey;
mod syntax;
mod texts;
mod thread_clock;
mod update;
mod value;

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod generated;
#[cfg(test)]
mod jq_table;
#[cfg(test)]
mod ordinary;
#[cfg(test)]
mod starved;

use crate::limits::expression::{
    CONTEXTS, CPU_TIME, MEMORY_BYTES, USABLE_STACK_BYTES, WALL_TIMES, WORK_UNITS,
};
use crate::nesting::{STACK_BYTES, on_large_stack};
use evaluator::{Evaluator, Metered};
use meter::Allowance;
use program::Library;
use serde_json::Value;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;
use thread_clock::ThreadClock;

pub use stuck::{Stuck, StuckCause};

/// The text of an expression and the names of the arguments (`$input`, …) that it is given.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Source {
    pub(crate) text: Arc<str>,
    pub(crate) names: Arc<[String]>,
}

/// Expressions to evaluate on one input, within one allowance.
pub(crate) struct Request {
    pub(crate) sources: Vec<Source>,
    pub(crate) input: Value,
    /// In the order of the names of every source.
    pub(crate) arguments: Vec<Value>,
    pub(crate) now_ms: i64,
}

/// The outcome of an evaluation, and how much work it was.
struct Answer {
    outcome: Result<Vec<Value>, Refusal>,
    work_units: u64,
}

enum Refusal {
    /// A sentence for the author of the workflow.
    Failed(String),
    OutOfTime,
}

/// The results of an evaluation, or a sentence that says why it failed.
pub(crate) struct Evaluated {
    pub(crate) outcome: Result<Vec<Value>, String>,
    pub(crate) work_units: u64,
}

/// Owner of the thread that evaluates. Shared by all executions of a process; evaluations take turns.
pub struct Sandbox {
    /// CPU time of an evaluation.
    time_limit: Duration,
    /// How many times as long an evaluation may take on the wall clock.
    wall_times: u32,
    thread: Mutex<Option<Thread>>,
}

struct Thread {
    jobs: Sender<Job>,
    clock: ThreadClock,
}

struct Job {
    request: Request,
    reply: SyncSender<Answer>,
}

impl Default for Sandbox {
    fn default() -> Self {
        Self::new()
    }
}

impl Sandbox {
    /// A sandbox with a limit of 250 ms of CPU time for each evaluation; ten times that in an unoptimised build.
    pub fn new() -> Self {
        Self::with_time_limit(CPU_TIME)
    }

    /// A sandbox with another limit of CPU time for each evaluation.
    pub fn with_time_limit(time_limit: Duration) -> Self {
        Self::with_limits(time_limit, WALL_TIMES)
    }

    /// A sandbox with another limit of CPU time for each evaluation, which may take `wall_times` as long on the wall clock.
    pub fn with_limits(time_limit: Duration, wall_times: u32) -> Self {
        Self {
            time_limit,
            wall_times,
            thread: Mutex::new(None),
        }
    }

    /// Evaluates, and waits for it no longer than the time limit.
    pub(crate) fn evaluate(&self, request: Request) -> Result<Evaluated, Stuck> {
        match plain_path::answer(&request) {
            Some(evaluated) => Ok(evaluated),
            None => self.interpret(request),
        }
    }

    /// Evaluates on the sandbox's thread.
    fn interpret(&self, request: Request) -> Result<Evaluated, Stuck> {
        let mut slot = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        let lost = |cause| Stuck {
            thread_is_lost: true,
            cause,
        };
        let thread = match slot.take() {
            Some(thread) => thread,
            None => start(self.time_limit).ok_or(lost(StuckCause::Starved))?,
        };
        let began = thread.clock.cpu_time();
        let (reply, answer) = sync_channel(1);
        let sent = thread.jobs.send(Job { request, reply });
        sent.map_err(|_| lost(StuckCause::CpuTime))?;
        // Where there is no answer, the thread is left to itself; the next evaluation starts another.
        let answered = self.wait(&answer, &thread.clock, began);
        let Answer {
            outcome,
            work_units,
        } = answered.map_err(lost)?;
        *slot = Some(thread);
        let outcome = match outcome {
            Ok(values) => Ok(values),
            Err(Refusal::Failed(reason)) => Err(reason),
            Err(Refusal::OutOfTime) => {
                return Err(Stuck {
                    thread_is_lost: false,
                    cause: StuckCause::CpuTime,
                });
            }
        };
        Ok(Evaluated {
            outcome,
            work_units,
        })
    }

    /// The answer, unless the thread has used up its CPU time and does not stop, or has died. A thread that waits for a core
    /// is waited for, up to a limit on the wall clock.
    fn wait(
        &self,
        answer: &Receiver<Answer>,
        clock: &ThreadClock,
        began: Option<Duration>,
    ) -> Result<Answer, StuckCause> {
        for _ in 0..self.wall_times {
            match answer.recv_timeout(self.time_limit) {
                Ok(answer) => return Ok(answer),
                Err(RecvTimeoutError::Disconnected) => return Err(StuckCause::CpuTime),
                Err(RecvTimeoutError::Timeout) => {}
            }
            let used = clock
                .cpu_time()
                .zip(began)
                .map(|(now, began)| now.saturating_sub(began));
            if used.is_none_or(|used| used >= self.time_limit) {
                return Err(StuckCause::CpuTime);
            }
        }
        Err(StuckCause::Starved)
    }
}

fn start(time_limit: Duration) -> Option<Thread> {
    let (jobs, received) = channel();
    let (started, clock) = sync_channel(1);
    thread::Builder::new()
        .name("expressions".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(move || {
            if started.send(ThreadClock::of_this_thread()).is_ok() {
                serve(&received, time_limit);
            }
        })
        .ok()?;
    let clock = clock.recv().ok()?;
    Some(Thread { jobs, clock })
}

fn serve(jobs: &Receiver<Job>, time_limit: Duration) {
    let mut evaluator = Evaluator::new();
    while let Ok(Job { request, reply }) = jobs.recv() {
        let allowance = Allowance {
            work_units: WORK_UNITS,
            memory_bytes: MEMORY_BYTES,
            contexts: CONTEXTS,
            stack_bytes: USABLE_STACK_BYTES,
            // Gives up by itself in good time before the caller gives it up: unwinding takes a while.
            cpu_time: time_limit.mul_f64(0.6),
            now_ms: request.now_ms,
        };
        let answer = evaluator.answer(&request, &allowance);
        drop(request);
        if reply.send(answer).is_err() {
            return;
        }
    }
}

/// For each source, why it is refused, if it is. Parsing recurses, so it has a thread with a large stack.
pub(crate) fn refusals(sources: &[Source]) -> Vec<Option<String>> {
    let unchecked = || vec![Some("could not be checked; try again".to_owned()); sources.len()];
    let check = || {
        let library = Library::new();
        sources
            .iter()
            .map(|source| library.compile(source).err())
            .collect()
    };
    on_large_stack(check).unwrap_or_else(unchecked)
}
