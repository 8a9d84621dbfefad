//! Runs one evaluation after the other, on the thread of the sandbox.

use super::json_writer::shortened;
use super::meter::{Allowance, ContextHeld, Ended, Exhausted, begin, metered, step};
use super::plain_json::{to_plain, to_val};
use super::program::{Library, Program};
use super::value::Val;
use super::{Answer, Refusal, Request, Source};
use crate::limits::expression::MAX_OUTPUT_BYTES;
use jaq_core::data::HasLut;
use jaq_core::{Ctx, DataT, Lut, Vars};
use serde_json::Value;
use std::collections::HashMap;
use std::rc::Rc;

/// The interpreter over our values, metered at every step that it takes.
pub(super) struct Metered;

impl DataT for Metered {
    type V<'a> = Val;
    type Data<'a> = Counting<'a>;
}

/// The program that runs. The interpreter asks it for its terms at every step and holds one in every context, so this is
/// where work, stack and suspended contexts are counted.
pub(super) struct Counting<'a> {
    lut: &'a Lut<Metered>,
    _held: ContextHeld,
}

impl Clone for Counting<'_> {
    fn clone(&self) -> Self {
        Self {
            lut: self.lut,
            _held: ContextHeld::new(),
        }
    }
}

impl<'a> HasLut<'a, Metered> for Counting<'a> {
    fn lut(&self) -> &'a Lut<Metered> {
        step();
        self.lut
    }
}

/// Bytes of expressions whose programs are kept; a program takes about a hundred times as much.
const MAX_KEPT_BYTES: usize = 256 << 10;

/// Compiles, keeps and runs expressions.
pub(super) struct Evaluator {
    library: Library,
    kept: HashMap<Source, Rc<Program>>,
    kept_bytes: usize,
}

impl Evaluator {
    pub(super) fn new() -> Self {
        Self {
            library: Library::new(),
            kept: HashMap::new(),
            kept_bytes: 0,
        }
    }

    /// Evaluates every expression of the request, in order, within one allowance.
    pub(super) fn answer(&mut self, request: &Request, allowance: &Allowance) -> Answer {
        let mut programs = Vec::with_capacity(request.sources.len());
        for source in &request.sources {
            match self.program(source) {
                Ok(program) => programs.push(program),
                Err(reason) => {
                    return Answer {
                        outcome: Err(Refusal::Failed(reason)),
                        work_units: 0,
                    };
                }
            }
        }
        let (ended, work_units) = metered(allowance, || run(&programs, request));
        let outcome = ended.unwrap_or_else(|ended| Err(refusal(&ended)));
        Answer {
            outcome,
            work_units,
        }
    }

    fn program(&mut self, source: &Source) -> Result<Rc<Program>, String> {
        if let Some(program) = self.kept.get(source) {
            return Ok(Rc::clone(program));
        }
        if self.kept_bytes + source.text.len() > MAX_KEPT_BYTES {
            self.kept.clear();
            self.kept_bytes = 0;
        }
        self.kept_bytes += source.text.len();
        let program = Rc::new(self.library.compile(source)?);
        self.kept.insert(source.clone(), Rc::clone(&program));
        Ok(program)
    }
}

fn run(programs: &[Rc<Program>], request: &Request) -> Result<Vec<Value>, Refusal> {
    let input = to_val(&request.input);
    let arguments: Vec<Val> = request.arguments.iter().map(to_val).collect();
    begin();
    let mut left_bytes = MAX_OUTPUT_BYTES;
    programs
        .iter()
        .map(|program| write(&first_output(program, &input, &arguments)?, &mut left_bytes))
        .collect()
}

/// The only output of a program; null when there is none.
fn first_output(program: &Program, input: &Val, arguments: &[Val]) -> Result<Val, Refusal> {
    let counting = Counting {
        lut: &program.lut,
        _held: ContextHeld::new(),
    };
    let context = Ctx::<Metered>::new(counting, Vars::new(arguments.iter().cloned()));
    let mut outputs = program.id.run((context, input.clone())).map(|output| {
        output.map_err(|exception| match exception.get_err() {
            Ok(error) => Refusal::Failed(message(error.into_val())),
            Err(_) => Refusal::Failed("the expression breaks out of itself".to_owned()),
        })
    });
    let first = outputs.next().transpose()?.unwrap_or_default();
    match outputs.next() {
        None => Ok(first),
        Some(_) => Err(Refusal::Failed(
            "the expression gives more than one value; wrap it in [ ] for an array".to_owned(),
        )),
    }
}

/// What `error(…)` was given: its text, or its JSON, cut short either way.
fn message(value: Val) -> String {
    match value.as_str() {
        Some(text) => text.chars().take(1_000).collect(),
        None => value.to_string(),
    }
}

fn write(value: &Val, left_bytes: &mut usize) -> Result<Value, Refusal> {
    let (text, is_whole) = shortened(value, *left_bytes);
    if !is_whole {
        return Err(Refusal::Failed(format!(
            "the result is larger than {MAX_OUTPUT_BYTES} bytes"
        )));
    }
    *left_bytes -= text.len();
    Ok(to_plain(value))
}

fn refusal(ended: &Ended) -> Refusal {
    let sentence = match ended {
        Ended::Exhausted(Exhausted::Time) => return Refusal::OutOfTime,
        Ended::Exhausted(Exhausted::Work) => "the expression takes too many steps",
        Ended::Exhausted(Exhausted::Memory) => "the expression needs too much memory",
        Ended::Exhausted(Exhausted::Text) => "the expression builds a string that is too long",
        Ended::Exhausted(Exhausted::Depth) => "the expression, or a value, nests too deeply",
        Ended::Panicked => "the expression cannot be evaluated",
    };
    Refusal::Failed(sentence.to_owned())
}
