//! What one evaluation may use: work, memory, suspended contexts, stack.
//!
//! Every hook of the sandbox charges here. An evaluation that exceeds a limit unwinds to [`metered`] with a private
//! payload, which no `try … catch` of an expression can catch. Knows nothing of jq or of values.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

use crate::limits::expression::READING_UNITS;
pub(super) use crate::limits::expression::{MAX_TEXT_BYTES, MAX_VALUE_DEPTH as MAX_DEPTH};
use rustix::time::{ClockId, clock_gettime};

/// The limit that an evaluation exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exhausted {
    /// More units of work than one evaluation may take.
    Work,
    /// More memory held at one time than one evaluation may hold.
    Memory,
    /// A single string longer than allowed.
    Text,
    /// Recursion deeper than the stack set aside for it, or values nested deeper than allowed.
    Depth,
    /// The CPU time ran out first; the thread itself is well.
    Time,
}

/// How an evaluation ended when it did not return.
#[derive(Debug)]
pub(super) enum Ended {
    /// A limit was reached.
    Exhausted(Exhausted),
    /// The interpreter itself panicked: a defect there, contained here.
    Panicked,
}

/// The limits of one evaluation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    /// Units of work; a unit is about one step of the interpreter.
    pub(super) work_units: u64,
    /// Bytes of values held at one time.
    pub(super) memory_bytes: usize,
    /// Contexts held at one time by suspended generators.
    pub(super) contexts: usize,
    /// Bytes of stack below the start of the evaluation.
    pub(super) stack_bytes: usize,
    /// CPU time of this thread after which it gives up by itself.
    pub(super) cpu_time: Duration,
    /// What `now` returns.
    pub(super) now_ms: i64,
}

/// The clock is read once in so many units: often enough to be in time, too seldom to cost.
const UNITS_PER_CLOCK_READ: u64 = 2_048;

thread_local! {
    static WORK_ALLOWED: Cell<u64> = const { Cell::new(0) };
    static WORK_LEFT: Cell<u64> = const { Cell::new(0) };
    static NEXT_CLOCK_READ: Cell<u64> = const { Cell::new(0) };
    static MEMORY_LEFT: Cell<usize> = const { Cell::new(0) };
    static CONTEXTS_LEFT: Cell<usize> = const { Cell::new(0) };
    static STACK_FLOOR: Cell<usize> = const { Cell::new(0) };
    static CPU_DEADLINE: Cell<Duration> = const { Cell::new(Duration::MAX) };
    static NOW_MS: Cell<i64> = const { Cell::new(0) };
}

/// Runs `evaluation` under `allowance` and says how much work it took from [`begin`] on.
pub(super) fn metered<T>(
    allowance: &Allowance,
    evaluation: impl FnOnce() -> T,
) -> (Result<T, Ended>, u64) {
    let work_units = allowance.work_units;
    WORK_ALLOWED.set(work_units);
    WORK_LEFT.set(READING_UNITS);
    NEXT_CLOCK_READ.set(READING_UNITS - UNITS_PER_CLOCK_READ);
    MEMORY_LEFT.set(allowance.memory_bytes);
    CONTEXTS_LEFT.set(allowance.contexts);
    STACK_FLOOR.set(stack_pointer().saturating_sub(allowance.stack_bytes));
    CPU_DEADLINE.set(cpu_time() + allowance.cpu_time);
    NOW_MS.set(allowance.now_ms);
    let outcome = catch_unwind(AssertUnwindSafe(evaluation)).map_err(why_it_ended);
    (outcome, work_units.saturating_sub(WORK_LEFT.get()))
}

/// The input is read; from here on the work is the expression's.
pub(super) fn begin() {
    let work_units = WORK_ALLOWED.get();
    WORK_LEFT.set(work_units);
    NEXT_CLOCK_READ.set(work_units.saturating_sub(UNITS_PER_CLOCK_READ));
}

fn why_it_ended(payload: Box<dyn Any + Send>) -> Ended {
    match payload.downcast::<Exhausted>() {
        Ok(limit) => Ended::Exhausted(*limit),
        Err(_) => Ended::Panicked,
    }
}

/// Ends the evaluation at once. Resuming a panic, rather than starting one, keeps the panic hook silent.
pub(super) fn give_up(limit: Exhausted) -> ! {
    resume_unwind(Box::new(limit))
}

/// Charges `units` of work.
pub(super) fn charge(units: u64) {
    let Some(left) = WORK_LEFT.get().checked_sub(units) else {
        WORK_LEFT.set(0);
        give_up(Exhausted::Work)
    };
    WORK_LEFT.set(left);
    if left <= NEXT_CLOCK_READ.get() {
        NEXT_CLOCK_READ.set(left.saturating_sub(UNITS_PER_CLOCK_READ));
        if cpu_time() > CPU_DEADLINE.get() {
            give_up(Exhausted::Time)
        }
    }
}

/// The CPU time that this thread has had. The wall clock goes on while other threads have the cores.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::from_secs(seconds) + Duration::from_nanos(u64::try_from(time.tv_nsec).unwrap_or(0))
}

/// Charges the work of reading `bytes` bytes once.
pub(super) fn charge_scan(bytes: usize) {
    charge(1 + (bytes as u64) / 64);
}

/// Charges one step of the interpreter, and checks the depth of the stack.
pub(super) fn step() {
    charge(1);
    if stack_pointer() < STACK_FLOOR.get() {
        give_up(Exhausted::Depth)
    }
}

/// The time that `now` shows, in milliseconds since 1970.
pub(super) fn now_ms() -> i64 {
    NOW_MS.get()
}

/// The address of a local variable of this frame: close enough to the depth of the stack.
#[inline(never)]
fn stack_pointer() -> usize {
    let here = 0_u8;
    std::hint::black_box(&raw const here) as usize
}

/// Memory held by a value, released when the value is dropped.
#[derive(Debug)]
pub(super) struct Held(usize);

impl Held {
    pub(super) fn new(bytes: usize) -> Self {
        take_memory(bytes);
        Self(bytes)
    }

    /// Adjusts to a value that has grown or shrunk to `bytes`.
    pub(super) fn resize(&mut self, bytes: usize) {
        if bytes > self.0 {
            take_memory(bytes - self.0);
        } else {
            MEMORY_LEFT.set(MEMORY_LEFT.get() + (self.0 - bytes));
        }
        self.0 = bytes;
    }
}

/// Copying what is held takes memory and work.
impl Clone for Held {
    fn clone(&self) -> Self {
        Self::new(self.0)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        MEMORY_LEFT.set(MEMORY_LEFT.get() + self.0);
    }
}

fn take_memory(bytes: usize) {
    charge_scan(bytes);
    match MEMORY_LEFT.get().checked_sub(bytes) {
        Some(left) => MEMORY_LEFT.set(left),
        None => give_up(Exhausted::Memory),
    }
}

/// A context that a generator keeps; their number bounds the memory of suspended generators.
#[derive(Debug)]
pub(super) struct ContextHeld(());

impl ContextHeld {
    pub(super) fn new() -> Self {
        charge(1);
        match CONTEXTS_LEFT.get().checked_sub(1) {
            Some(left) => CONTEXTS_LEFT.set(left),
            None => give_up(Exhausted::Memory),
        }
        Self(())
    }
}

impl Drop for ContextHeld {
    fn drop(&mut self) {
        CONTEXTS_LEFT.set(CONTEXTS_LEFT.get() + 1);
    }
}
