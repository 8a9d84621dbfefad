//! Writes the committed document of the API without its white space, which is half of it: that is what the function serves.

use std::path::Path;
use std::{env, fs};

use serde_json::Value;

const DOCUMENT: &str = "../../docs/openapi.json";

fn main() {
    println!("cargo::rerun-if-changed={DOCUMENT}");
    let text = fs::read_to_string(DOCUMENT).expect("the document is readable");
    let document: Value = serde_json::from_str(&text).expect("the document is JSON");
    let directory = env::var("OUT_DIR").expect("cargo names the directory");
    let compact = Path::new(&directory).join("openapi.json");
    fs::write(compact, document.to_string()).expect("the document is written");
}
