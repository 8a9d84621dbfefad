//! The limit on the state of an execution. A state beyond it ends the execution, because its checkpoint could be too large
//! to store, or to read again.

use super::effect::{Effect, StepStatus};
use super::interpreter::Interpreter;
use super::shared::Shared;
use super::state::{Frame, Phase, Run};
use crate::fault::{Fault, FaultKind};
use crate::json_text::MAX_VALUES;
use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{Formatter, Serializer};
use std::cell::Cell;
use std::io::{self, Write};

/// The most bytes of the state of an execution as JSON.
pub const MAX_STATE_BYTES: usize = 2_000_000;

impl Run {
    /// The bytes of the state as JSON, counted without writing it; [`MAX_STATE_BYTES`] and one more stand for any size
    /// beyond the limit.
    pub fn state_bytes(&self) -> usize {
        size_of_json(self).map_or(MAX_STATE_BYTES + 1, |size| size.bytes)
    }

    /// The values of the state as JSON; [`MAX_VALUES`] and one more stand for any size beyond the limit of bytes.
    pub(super) fn state_values(&self) -> usize {
        size_of_json(self).map_or(MAX_VALUES + 1, |size| size.values)
    }
}

struct JsonSize {
    bytes: usize,
    values: usize,
}

/// Counts the bytes and values of a value as JSON; `None` beyond the limit of bytes.
fn size_of_json(value: &impl Serialize) -> Option<JsonSize> {
    let mut counter = Counter { bytes: 0 };
    let values = Cell::new(1);
    let counting = CountedValues { values: &values };
    let mut serializer = Serializer::with_formatter(&mut counter, counting);
    value.serialize(&mut serializer).ok()?;
    Some(JsonSize {
        bytes: counter.bytes,
        values: values.get(),
    })
}

/// Writes JSON without white space, and counts the values within arrays and objects.
struct CountedValues<'a> {
    values: &'a Cell<usize>,
}

impl CountedValues<'_> {
    fn count(&self) {
        self.values.set(self.values.get() + 1);
    }
}

impl Formatter for CountedValues<'_> {
    fn begin_array_value<W: Write + ?Sized>(&mut self, to: &mut W, first: bool) -> io::Result<()> {
        self.count();
        if first { Ok(()) } else { to.write_all(b",") }
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, to: &mut W, first: bool) -> io::Result<()> {
        self.count();
        if first { Ok(()) } else { to.write_all(b",") }
    }
}

/// Counts what is written, and fails beyond the limit.
struct Counter {
    bytes: usize,
}

impl Write for Counter {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.bytes += buffer.len();
        if self.bytes > MAX_STATE_BYTES {
            return Err(io::Error::other("the state is too large"));
        }
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Interpreter<'_> {
    /// Replaces the effect of a slice by a fault if the state has grown too large.
    pub(super) fn limit_state(&mut self, effect: Effect) -> Effect {
        if matches!(effect, Effect::Fault(_)) || self.run.state_values() <= MAX_VALUES {
            return effect;
        }
        let detail = format!(
            "the data of the execution takes more than {MAX_STATE_BYTES} bytes or {MAX_VALUES} values as JSON: its \
             tasks, loops and branches hold too much at once"
        );
        let fault = FaultKind::Runtime.fault(detail, "");
        self.discard_state(&fault);
        Effect::Fault(fault)
    }

    /// Ends the run with a fault, and keeps nothing of its data. History shows the open tasks without their inputs.
    fn discard_state(&mut self, fault: &Fault) {
        while let Some(frame) = self.run.frames.pop() {
            if let Frame::Task(open) = frame
                && let Some(task) = self.definition.task(&open.pointer)
            {
                let mut step = self.step_for(task, &open, StepStatus::Failed, None);
                step.input = Value::Null;
                step.error = Some(fault.clone());
                self.record(step);
            }
        }
        self.run.exported = Shared::default();
        self.run.visits.clear();
        self.run.phase = Phase::Faulted(fault.clone());
    }
}
