//! The workflow language as scenarios, run through the whole product: a document is registered over the API, its
//! webhook is called with the scenario's input, and what came of it is read from history.
//!
//! The scenarios in `features` always run. A folder that `SLUICE_CONFORMANCE_KIT` names, such as the specification's
//! conformance kit, runs as well. Nothing here knows how a workflow is run.

#![expect(clippy::unwrap_used, reason = "a step that cannot go on says where")]

mod case;
mod mistakes;
mod stand_in;
mod steps;

use std::env;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use case::Case;
use cucumber::cli::Empty;
use cucumber::writer::{self, Coloring, Stats as _};
use cucumber::{Cucumber, WriterExt as _};

/// The folder of the specification's kit, where there is one.
const KIT: &str = "SLUICE_CONFORMANCE_KIT";
/// They wait for each other only where the machine is slow.
const SCENARIOS_AT_ONCE: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn the_scenarios_of_this_project_pass() {
    pass(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/features"))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_scenarios_of_the_kit_pass_where_there_is_one() {
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

/// What cucumber writes, kept for the one who asks why.
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
