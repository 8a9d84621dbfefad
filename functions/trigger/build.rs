//! Makes the table of routes that `$default` is answered from, out of the one file that names them.

use std::path::Path;
use std::{env, fs};

const TEMPLATE: &str = "../../infra/template.yaml";

fn main() {
    println!("cargo::rerun-if-changed={TEMPLATE}");
    let template = fs::read_to_string(TEMPLATE).expect("the template is readable");
    let directory = env::var("OUT_DIR").expect("cargo names the directory");
    let table = Path::new(&directory).join("routes.rs");
    fs::write(table, routes(&template)).expect("the table is written");
}

/// `&[("GET", "/healthz"), …]`: every route but `$default`, and but those with every method, which are of this function.
fn routes(template: &str) -> String {
    let keys = template
        .lines()
        .filter_map(|line| line.trim().strip_prefix("RouteKey: "));
    let routes = keys.filter_map(|key| key.split_once(' '));
    let rows = routes
        .filter(|(method, _)| *method != "ANY")
        .map(|(method, path)| format!("({method:?}, {path:?}),\n"));
    format!("&[\n{}]\n", rows.collect::<String>())
}
