//! What Sluice costs and how fast it is, measured on the real thing: the deployed binaries, the handlers on the embedded
//! stack, `cargo dev` under load. It knows the budgets, and no other expected figure.

mod calls;
mod console;
mod container;
mod cost;
mod credits;
mod deliveries;
mod dev;
mod engine_alone;
mod events;
pub mod expectations;
mod files;
mod functions;
mod lists;
mod load;
pub mod machine;
pub mod results;
mod runtime_api;
mod signatures;
mod steps;
pub mod table;
mod throughput;

use table::Section;

/// A result, or the error that ends a measurement.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// What comes out the same on every machine with this toolchain. A new part of the system adds its section here, or below.
pub async fn deterministic() -> Outcome<Vec<Section>> {
    let mut sections = vec![
        Box::pin(calls::section()).await?,
        Box::pin(steps::section()).await?,
        Box::pin(deliveries::section()).await?,
        Box::pin(files::section()).await?,
        Box::pin(lists::section()).await?,
    ];
    let functions = functions::build()?;
    sections.push(cost::size(&functions)?);
    sections.push(cost::instructions(&functions).await?);
    sections.push(signatures::instructions(&functions).await?);
    Ok(sections)
}

/// What differs from machine to machine, and from one moment to the next.
pub async fn timed() -> Outcome<Vec<Section>> {
    let functions = functions::build()?;
    let mut sections = vec![
        cost::start(&functions).await?,
        engine_alone::section()?,
        throughput::section().await?,
    ];
    sections.extend(console().await?);
    sections.push(deliveries::throughput().await?);
    Ok(sections)
}

/// The part of that which is about the console.
pub async fn console() -> Outcome<Vec<Section>> {
    Ok(vec![console::function().await?, console::pages().await?])
}
