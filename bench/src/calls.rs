//! What a webhook costs: calls and units, of the handlers on the embedded stack with every call billed on the way. It
//! does not know what the calls are.

use lambda_http::Response;
use serde_json::{Value, json};
use tests::bill::Bill;
use tests::fault_proxy::{Fault, FaultProxy};
use tests::{Hook, World, crash, echoes_the_event, gate::Gate};

use crate::events::{Event, ORDINARY, SIZES};
use crate::table::{Figure, Section};
use crate::{Outcome, credits};

/// What an ordinary webhook may cost, from its arrival to the end of its execution.
const WRITE_UNITS: f64 = 8.0;

/// How many webhooks a workflow takes, at once and after that.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    capacity: u32,
    refill_per_second: f64,
}

/// One webhook, and hardly any after that.
pub(crate) const ONE: Limit = Limit {
    capacity: 1,
    refill_per_second: 0.001,
};
/// More than are ever sent here, each with a token of its own.
pub(crate) const PLENTY: Limit = Limit {
    capacity: 100_000,
    refill_per_second: 0.001,
};
/// So fast that containers take their tokens in blocks.
pub(crate) const HOT: Limit = Limit {
    capacity: 100_000,
    refill_per_second: 1_000.0,
};

/// Webhooks of a hot workflow: until its blocks have grown, and then.
const WARM_UP: usize = 100;
const COUNTED: usize = 200;
const APART_MS: i64 = 20;

/// A container of each function, in a world whose calls are billed.
pub(crate) struct Billed {
    pub(crate) world: World,
    proxy: FaultProxy,
    trigger: trigger::App,
    worker: worker::App,
}

/// What some work cost.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cost {
    calls: f64,
    pub(crate) write_units: f64,
    read_units: f64,
}

impl Billed {
    pub(crate) async fn new() -> Outcome<Self> {
        let world = World::new().await;
        let proxy = FaultProxy::new(&world, |_, _| Fault::Meter).await;
        Ok(Self {
            trigger: trigger::App::new(proxy.environment(&world, "trigger")),
            worker: worker::App::new(proxy.environment(&world, "worker")),
            world,
            proxy,
        })
    }

    /// One webhook, which has to be answered so.
    pub(crate) async fn send(&self, event: &Event, number: usize, status: u16) -> Outcome<Cost> {
        self.proxy.bills();
        let request = lambda_http::request::from_str(&event.delivery(number))?;
        let response: Response<_> = trigger::handle(&self.trigger, request).await;
        if response.status().as_u16() != status {
            return Err(format!("expected {status}: {response:?}").into());
        }
        Ok(self.cost())
    }

    /// The execution that is queued, to its end.
    pub(crate) async fn run(&self) -> Cost {
        self.proxy.bills();
        crash::run_batch(&self.world, &self.worker).await;
        self.cost()
    }

    fn cost(&self) -> Cost {
        Cost::of(&self.proxy.bills())
    }

    /// The same functions in new containers.
    fn cold(&mut self) {
        self.trigger = trigger::App::new(self.proxy.environment(&self.world, "trigger"));
        self.worker = worker::App::new(self.proxy.environment(&self.world, "worker"));
    }
}

impl Cost {
    pub(crate) fn of(bills: &[Bill]) -> Self {
        bills.iter().fold(Self::default(), Self::plus)
    }

    fn plus(self, bill: &Bill) -> Self {
        Self {
            calls: self.calls + 1.0,
            write_units: self.write_units + bill.write_units,
            read_units: self.read_units + bill.read_units,
        }
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            calls: self.calls + other.calls,
            write_units: self.write_units + other.write_units,
            read_units: self.read_units + other.read_units,
        }
    }

    fn times(self, factor: f64) -> Self {
        Self {
            calls: self.calls * factor,
            write_units: self.write_units * factor,
            read_units: self.read_units * factor,
        }
    }

    pub(crate) fn figures(self) -> [Option<Figure>; 3] {
        [self.calls, self.write_units, self.read_units].map(|value| Some(Figure::exact(value)))
    }

    pub(crate) fn within(self, write_units: f64) -> [Option<Figure>; 3] {
        let [calls, writes, reads] = self.figures();
        [
            calls,
            writes.map(|figure| figure.within(write_units)),
            reads,
        ]
    }
}

pub(crate) async fn section() -> Outcome<Section> {
    let mut section = Section::new("per webhook", &["AWS calls", "write units", "read units"]);
    for (size, name) in SIZES {
        accepted(&mut section, size, name).await?;
    }
    called(&mut section).await?;
    hot(&mut section).await?;
    refused(&mut section).await?;
    credits::rows(&mut section).await?;
    Ok(section)
}

/// The ordinary life of a webhook, and the same once more; all in warm containers but the first row.
async fn accepted(section: &mut Section, size: &str, name: &str) -> Outcome<()> {
    let mut billed = Billed::new().await?;
    let hook = billed.world.hook(echoes_the_event(), json!({})).await;
    let event = Event::read(name)?.to(&hook.path);
    let is_ordinary = name == ORDINARY;
    if is_ordinary {
        let (cold, run) = (billed.send(&event, 0, 200).await?, billed.run().await);
        section.row(
            format!("{size}, accepted in a cold container"),
            cold.figures(),
        );
        section.row(format!("{size}, run in a cold container"), run.figures());
    } else {
        billed.send(&event, 0, 200).await?;
        billed.run().await;
    }
    let (accepted, run) = (billed.send(&event, 1, 200).await?, billed.run().await);
    section.row(format!("{size}, accepted"), accepted.figures());
    section.row(format!("{size}, run, one step"), run.figures());
    let whole = accepted.and(run);
    section.row(
        format!("{size}, accepted to done"),
        if is_ordinary {
            whole.within(WRITE_UNITS)
        } else {
            whole.figures()
        },
    );
    let again = billed.send(&event, 1, 200).await?;
    section.row(format!("{size}, duplicate"), again.figures());
    if is_ordinary {
        billed.cold();
        let again = billed.send(&event, 1, 200).await?;
        section.row(
            format!("{size}, duplicate in a cold container"),
            again.figures(),
        );
    }
    Ok(())
}

/// An execution with an HTTP call.
async fn called(section: &mut Section) -> Outcome<()> {
    let billed = Billed::new().await?;
    let gate = Gate::open().await;
    let hook = billed.world.hook(gate.workflow(), json!({})).await;
    let event = Event::read(ORDINARY)?.to(&hook.path);
    billed.send(&event, 0, 200).await?;
    billed.run().await;
    let whole = billed.send(&event, 1, 200).await?.and(billed.run().await);
    section.row(
        "1 KB, accepted to done, one call over HTTP",
        whole.within(WRITE_UNITS),
    );
    Ok(())
}

/// A container that is busy with a workflow whose bucket refills fast.
async fn hot(section: &mut Section) -> Outcome<()> {
    let billed = Billed::new().await?;
    let hook = limited(&billed.world, echoes_the_event(), HOT).await;
    let event = Event::read(ORDINARY)?.to(&hook.path);
    let mut whole = Cost::default();
    for number in 0..WARM_UP + COUNTED {
        let cost = billed.send(&event, number, 200).await?;
        billed.world.clock.advance(APART_MS);
        if number >= WARM_UP {
            whole = whole.and(cost);
        }
    }
    let mean = whole.times(1.0 / COUNTED as f64);
    section.row(
        "1 KB, accepted, fifty a second in one container",
        mean.figures(),
    );
    Ok(())
}

/// Whoever is turned away, once and in a flood.
async fn refused(section: &mut Section) -> Outcome<()> {
    let mut billed = Billed::new().await?;
    let hook = limited(&billed.world, echoes_the_event(), ONE).await;
    let event = Event::read(ORDINARY)?.to(&hook.path);
    billed.send(&event, 0, 200).await?;
    let first = billed.send(&event, 1, 429).await?;
    section.row("limited, the first in a minute", first.figures());
    let flood = billed.send(&event, 1, 429).await?;
    section.row(
        "limited, in the container that saw the bucket empty",
        flood.within(0.0),
    );
    billed.cold();
    let first = billed.send(&event, 1, 429).await?;
    section.row("limited, in a cold container", first.figures());
    let flood = billed.send(&event, 1, 429).await?;
    section.row("limited, in a cold container, again", flood.within(0.0));

    let path = hook.path.split('?').next().unwrap_or_default();
    let stranger = Event::read(ORDINARY)?.to(&format!("{path}?token=guessed"));
    let first = billed.send(&stranger, 2, 403).await?;
    section.row("invalid token", first.within(0.0));
    let flood = billed.send(&stranger, 3, 403).await?;
    section.row("invalid token, again within a second", flood.within(0.0));
    Ok(())
}

/// A webhook of a workflow with this limit.
pub(crate) async fn limited(world: &World, definition: Value, limit: Limit) -> Hook {
    let limit = json!({"capacity": limit.capacity, "refillPerSecond": limit.refill_per_second});
    let draft =
        json!({"name": "Limited", "active": true, "definition": definition, "rateLimit": limit});
    let made = world
        .call("POST", "/v1/workflows", Some(draft))
        .await
        .expect(201);
    let workflow = made["id"].as_str().unwrap_or_default().to_owned();
    world.trigger(&workflow, json!({})).await
}
