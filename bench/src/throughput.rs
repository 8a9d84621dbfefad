//! `cargo dev` under load, in release mode: its answers, while it runs what they begin. It does not know what takes the
//! time.

use std::time::Duration;

use crate::Outcome;
use crate::dev::{self, Dev, post};
use crate::events::{Event, ORDINARY};
use crate::load::{Load, Until};
use crate::table::{Figure, Section};

const CONNECTIONS: [usize; 3] = [1, 16, 64];
const TIME: Duration = Duration::from_secs(3);

pub(crate) async fn section() -> Outcome<Section> {
    let mut section = Section::new(
        "cargo dev --release",
        &["webhooks a second", "p50, ms", "p99, ms"],
    );
    dev::build()?;
    for connections in CONNECTIONS {
        let mut dev = Dev::start(None).await?;
        row(&mut section, "in memory", connections, &mut dev).await?;
    }
    for connections in CONNECTIONS {
        let folder = tempfile::tempdir()?;
        let mut dev = Dev::start(Some(folder.path())).await?;
        row(&mut section, "in a folder", connections, &mut dev).await?;
        dev.process.kill().await?;
    }
    Ok(section)
}

async fn row(section: &mut Section, kept: &str, connections: usize, dev: &mut Dev) -> Outcome<()> {
    let path = dev.webhook().await?;
    let (address, body) = (
        dev.address.clone(),
        Event::read(ORDINARY)?.body().to_owned(),
    );
    let request = move |number: usize| {
        let id = format!("load-{number:012}");
        post(&address, &path, ("webhook-id", &id), body.clone())
    };
    let load = Load::of(connections, Until::After(TIME), &dev.address, request).await?;
    section.row(
        format!("{connections} connections, {kept}"),
        [
            Figure::loose(load.per_second, 0),
            Figure::loose(load.quantile_ms(0.5), 1),
            Figure::loose(load.quantile_ms(0.99), 1),
        ]
        .map(Some),
    );
    Ok(())
}
