//! What the deployed `trigger` takes of a machine, beside a bare function: size, instructions, time to start, memory.
//! It uses the tables and queues of the local stack. Ratios are of one run.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use tests::{Connections, World, echoes_the_event};

use crate::Outcome;
use crate::calls::{HOT, Limit, ONE, PLENTY, limited};
use crate::container::Function;
use crate::events::{Event, ORDINARY};
use crate::functions::Functions;
use crate::table::{Figure, Section};

const MB: f64 = 1_000_000.0;
const SIZE_MB: f64 = 5.5;
const INIT_INSTRUCTIONS: f64 = 2_000_000.0;
const ACCEPTED_TO_BARE: f64 = 7.0;
const INIT_TO_BARE: f64 = 1.4;
const MEMORY_TO_BARE: f64 = 2.0;

/// Between these two the instructions grow by those of warm invocations alone.
const FEW: usize = 8;
const MANY: usize = 40;
/// A container that lived longer may have read its configuration again, which only adds to its instructions.
const TRUSTED: Duration = Duration::from_secs(5);
const ATTEMPTS: usize = 3;

/// Starts of each function, by turns.
const STARTS: usize = 41;
/// Webhooks after which a container has all the memory that it will ever have.
const WARM: usize = 200;

/// `trigger` and the bare function with what they need.
struct Bench {
    trigger: Function,
    bare: Function,
    world: World,
    /// Of the next delivery; none is sent twice.
    number: Cell<usize>,
}

impl Bench {
    async fn new(functions: &Functions) -> Self {
        let world = World::with(Connections::Sockets).await;
        let mut variables = world.stack.variables("trigger");
        variables.insert("METRICS_STACK".to_owned(), "bench".to_owned());
        Self {
            trigger: Function {
                binary: functions.trigger.clone(),
                variables,
            },
            bare: Function {
                binary: functions.bare.clone(),
                variables: BTreeMap::new(),
            },
            world,
            number: Cell::new(0),
        }
    }

    /// The ordinary webhook to a workflow with this limit.
    async fn webhook(&self, limit: Limit) -> Outcome<Event> {
        let hook = limited(&self.world, echoes_the_event(), limit).await;
        Ok(Event::read(ORDINARY)?.to(&hook.path))
    }

    fn deliveries(&self, event: &Event, count: usize) -> Vec<String> {
        let first = self.number.replace(self.number.get() + count);
        let numbers = first..first + count;
        numbers.map(|number| event.delivery(number)).collect()
    }

    /// Of a container that gets so many webhooks: the least of a few, if one was slow.
    async fn instructions(&self, function: &Function, event: &Event, count: usize) -> Outcome<f64> {
        let mut least = u64::MAX;
        for _ in 0..ATTEMPTS {
            let (counted, took) = function.instructions(self.deliveries(event, count)).await?;
            least = least.min(counted);
            if took < TRUSTED {
                break;
            }
        }
        Ok(least as f64)
    }

    async fn warm(&self, function: &Function, event: &Event) -> Outcome<f64> {
        let few = self.instructions(function, event, FEW).await?;
        let many = self.instructions(function, event, MANY).await?;
        Ok((many - few) / (MANY - FEW) as f64)
    }
}

pub(crate) fn size(functions: &Functions) -> Outcome<Section> {
    let mut section = Section::new("binary, stripped", &["MB", "to bare"]);
    let bytes = |binary: &Path| Ok::<_, std::io::Error>(std::fs::metadata(binary)?.len() as f64);
    let (trigger, bare) = (bytes(&functions.trigger)?, bytes(&functions.bare)?);
    section.row(
        "trigger",
        [
            Some(Figure::close(trigger / MB, 2).within(SIZE_MB)),
            Some(Figure::close(trigger / bare, 2)),
        ],
    );
    section.row("a bare function", [Some(Figure::close(bare / MB, 2)), None]);
    Ok(section)
}

/// Counts depend on which of their variants libraries choose for a processor; their ratios hardly do.
pub(crate) async fn instructions(functions: &Functions) -> Outcome<Section> {
    let bench = Bench::new(functions).await;
    let mut section = Section::new("instructions, by callgrind", &["instructions", "to bare"]);
    let accepted = bench.webhook(PLENTY).await?;

    let bare_init = bench.instructions(&bench.bare, &accepted, 0).await?;
    let bare_warm = bench.warm(&bench.bare, &accepted).await?;
    section.row(
        "a bare function, init",
        [Some(Figure::loose(bare_init, 0)), None],
    );
    section.row(
        "a bare function, a request",
        [Some(Figure::loose(bare_warm, 0)), None],
    );

    let init = bench.instructions(&bench.trigger, &accepted, 0).await?;
    let figures = [
        Figure::loose(init, 0).within(INIT_INSTRUCTIONS),
        Figure::close(init / bare_init, 2),
    ];
    section.row("trigger, init", figures.map(Some));
    let first = bench.instructions(&bench.trigger, &accepted, 1).await? - init;
    let figures = [Figure::loose(first, 0), Figure::close(first / bare_warm, 2)];
    section.row("trigger, accepted, the first", figures.map(Some));
    let warm = bench.warm(&bench.trigger, &accepted).await?;
    let figures = [
        Figure::loose(warm, 0),
        Figure::close(warm / bare_warm, 2).within(ACCEPTED_TO_BARE),
    ];
    section.row("trigger, accepted, warm", figures.map(Some));
    let hot = bench
        .warm(&bench.trigger, &bench.webhook(HOT).await?)
        .await?;
    let figures = [Figure::loose(hot, 0), Figure::loose(hot / bare_warm, 2)];
    section.row("trigger, accepted, tokens in blocks", figures.map(Some));
    let limited = bench.webhook(ONE).await?;
    bench.trigger.run(bench.deliveries(&limited, 1)).await?;
    let flood = bench.warm(&bench.trigger, &limited).await?;
    let figures = [Figure::loose(flood, 0), Figure::close(flood / bare_warm, 2)];
    section.row("trigger, limited, in a flood", figures.map(Some));
    Ok(section)
}

pub(crate) async fn start(functions: &Functions) -> Outcome<Section> {
    let bench = Bench::new(functions).await;
    let mut section = Section::new(
        "process",
        &[
            "init, ms",
            "to bare",
            "memory after 200 webhooks, MB",
            "to bare",
        ],
    );
    let (mut trigger, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        trigger.push(bench.trigger.run(Vec::new()).await?.took);
        bare.push(bench.bare.run(Vec::new()).await?.took);
    }
    let (trigger, bare) = (median_ms(trigger), median_ms(bare));
    let webhook = bench.webhook(PLENTY).await?;
    let memory = async |function: &Function| {
        let container = function.run(bench.deliveries(&webhook, WARM)).await?;
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(container.peak_memory()? as f64 / MB)
    };
    let (used, bare_used) = (memory(&bench.trigger).await?, memory(&bench.bare).await?);
    section.row(
        "trigger",
        [
            Figure::loose(trigger, 2),
            Figure::loose(trigger / bare, 2).within(INIT_TO_BARE),
            Figure::loose(used, 1),
            Figure::loose(used / bare_used, 2).within(MEMORY_TO_BARE),
        ]
        .map(Some),
    );
    section.row(
        "a bare function",
        [
            Some(Figure::loose(bare, 2)),
            None,
            Some(Figure::loose(bare_used, 1)),
            None,
        ],
    );
    Ok(section)
}

fn median_ms(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1000.0
}
