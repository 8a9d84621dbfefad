//! The metrics of functions, read from the lines that they print. It does not know the expected values.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use store::AwsContext;

use crate::FunctionSettings;

/// The lines of the functions that were given an environment by it.
#[derive(Clone, Default)]
pub struct Meter(Arc<Mutex<Vec<String>>>);

impl Meter {
    /// An environment whose metrics are read here, as those of the stack `tests`.
    pub fn environment(&self, mut settings: FunctionSettings) -> AwsContext {
        let stack = ("METRICS_STACK".to_owned(), "tests".to_owned());
        settings.variables.extend([stack]);
        self.environment_of(&settings)
    }

    /// The same, for variables that may name no stack.
    pub fn environment_of(&self, settings: &FunctionSettings) -> AwsContext {
        let printed = self.clone();
        let print = move |line: &str| printed.lines().push(line.to_owned());
        let variable = |name: &str| settings.variables.get(name).cloned();
        AwsContext::printing(variable, settings.clock.clone(), &settings.transport, print)
            .expect("the variables are complete")
    }

    /// Every metric since the last time, by its name, with a code after a dot.
    pub fn take(&self) -> BTreeMap<String, Value> {
        let lines = std::mem::take(&mut *self.lines());
        let read = |line: &String| serde_json::from_str(line).expect("a line is JSON");
        lines
            .iter()
            .map(read)
            .flat_map(|line| metrics(&line))
            .collect()
    }

    /// As they were printed.
    pub fn text(&self) -> String {
        self.lines().join("\n")
    }

    fn lines(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn metrics(line: &Value) -> Vec<(String, Value)> {
    let directive = &line["_aws"]["CloudWatchMetrics"][0];
    let defined = directive["Metrics"].as_array().cloned().unwrap_or_default();
    let name_of = |metric: &Value| metric["Name"].as_str().unwrap_or_default().to_owned();
    let code = line["Code"].as_str().map(|code| format!(".{code}"));
    let code = code.unwrap_or_default();
    let read = |name: String| (format!("{name}{code}"), line[&name].clone());
    defined.iter().map(name_of).map(read).collect()
}
