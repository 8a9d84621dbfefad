//! What a step of a workflow costs: units, and what its checkpoint takes. It does not know what the steps do.

use serde_json::{Value, json};
use tests::gate::Gate;

use crate::Outcome;
use crate::calls::Billed;
use crate::engine_alone::{checkpoints, loop_of_calls};
use crate::events::{Event, ORDINARY};
use crate::table::{Figure, Section};

/// Between these two the units grow by the steps alone.
const FEW: usize = 4;
const MANY: usize = 24;
/// Calls of a loop, after each of which the state is written.
const CALLS: [usize; 3] = [10, 100, 1_000];
/// Numbers get more digits as they grow; a checkpoint may grow by these, and by nothing else.
const DIGITS_BYTES: f64 = 32.0;

pub(crate) async fn section() -> Outcome<Section> {
    let mut section = Section::new("per step", &["write units", "checkpoint, bytes of JSON"]);
    let each = (units(MANY).await? - units(FEW).await?) / (MANY - FEW) as f64;
    section.row("a call over HTTP", [Some(Figure::exact(each)), None]);
    let bytes = checkpoints(&loop_of_calls(CALLS[CALLS.len() - 1]))?;
    let budget = bytes[CALLS[0]] as f64 + DIGITS_BYTES;
    for calls in CALLS {
        let bytes = Figure::exact(bytes[calls - 1] as f64).within(budget);
        section.row(format!("a loop, after {calls} calls"), [None, Some(bytes)]);
    }
    Ok(section)
}

/// Write units from the claim to the end of an execution of so many calls, one after the other.
async fn units(calls: usize) -> Outcome<f64> {
    let billed = Billed::new().await?;
    let gate = Gate::open().await;
    let hook = billed.world.hook(in_a_row(&gate, calls), json!({})).await;
    let event = Event::read(ORDINARY)?.to(&hook.path);
    billed.send(&event, 0, 200).await?;
    Ok(billed.run().await.write_units)
}

fn in_a_row(gate: &Gate, calls: usize) -> Value {
    let mut workflow = gate.workflow();
    let task = workflow["do"][0]["call"].clone();
    let tasks = (0..calls).map(|number| json!({ format!("call{number}"): task }));
    workflow["do"] = tasks.collect();
    workflow
}
