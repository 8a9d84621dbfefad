//! Scenarios of the workflow language, run through the whole product: a document is registered over the API, its webhook
//! is called with the input of the scenario, and the outcome is read from history.
//!
//! The scenarios in `features` always run. The folder in `SLUICE_CONFORMANCE_KIT`, such as the conformance kit of the
//! specification, runs as well. Nothing here knows how the engine runs a workflow.

#![expect(clippy::unwrap_used, reason = "a failed step panics with its location")]

mod case;
mod mistakes;
mod mock_server;
mod steps;

use std::env;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use case::Case;
use cucumber::cli::Empty;
use cucumber::writer::{self, Coloring, Stats as _};
use cucumber::{Cucumber, WriterExt as _};

/// The environment variable with the folder of the conformance kit.
const KIT: &str = "SLUICE_CONFORMANCE_KIT";
/// How many scenarios run concurrently.
const SCENARIOS_AT_ONCE: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn the_scenarios_of_this_project_pass() {
    pass(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/features"))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_scenarios_of_the_kit_pass_if_there_is_one() {
    if let Some(folder) = env::var_os(KIT) {
        pass(Path::new(&folder)).await;
    }
}

/// Every scenario of the folder passes, no step is unknown, and there is at least one.
async fn pass(folder: &Path) {
    let report = Report::default();
    let writer = writer::Basic::new(report.clone(), Coloring::Never, 0).summarized();
    let ran = Cucumber::<Case, _, _, _, _, Empty>::new()
        .steps(steps::all())
        .max_concurrent_scenarios(SCENARIOS_AT_ONCE)
        .with_writer(writer)
        .fail_on_skipped()
        .with_default_cli()
        .run(folder.to_owned())
        .await;
    let report = report.text();
    assert!(!ran.execution_has_failed(), "{report}");
    assert!(ran.passed_steps() > 0, "no scenario in {folder:?}");
    eprintln!("{report}");
}

/// The output of cucumber, printed if a scenario fails.
#[derive(Clone, Default)]
struct Report(Arc<Mutex<Vec<u8>>>);

impl Report {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl io::Write for Report {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
