//! What workflows do, as their author and its history see it.

mod children;
mod exact_json;
mod files;
mod functions;
mod integration_example;
mod long_runs;
mod rows;
mod side_by_side;
mod watches;
mod worker;
mod workflow_secrets;
mod worksheet;
