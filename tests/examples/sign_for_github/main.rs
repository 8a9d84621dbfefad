//! Signs some bodies by GitHub's scheme, for GitHub's own library to verify (`tests/signatures/github.py`). Prints each body
//! in base64 with its headers, as JSON. The secret is the only argument.

#![expect(clippy::print_stdout, reason = "what it says is its result")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::Timestamp;
use domain::signature::{SchemeName, Signed, read_secret, sign};
use serde_json::{Map, Value, json};

/// Texts with different characters, because a body is signed byte for byte. The library accepts only text.
const BODIES: [&[u8]; 5] = [
    br#"{"action":"opened"}"#,
    "{\"action\": \"opened\",  \"title\": \"grüße, 世界 🦀\"}\n".as_bytes(),
    b"no JSON\r\n\tat all\r\n",
    b"\x00\x01\x1f\x7f and \\u0000",
    "\u{feff}\u{2028}\u{ffff}e\u{301}".as_bytes(),
];

fn main() {
    let secret = std::env::args().nth(1).expect("a secret");
    let signed: Vec<Value> = BODIES.iter().map(|body| signed(&secret, body)).collect();
    println!("{}", Value::from(signed));
}

fn signed(secret: &str, body: &[u8]) -> Value {
    let key = read_secret(&SchemeName::GITHUB, secret).expect("a secret that can be one");
    let what = Signed {
        id: "72d3162e-cc78-11f0-81ab-4c9367dc0958",
        at: Timestamp::from_millis(0),
        body,
    };
    let headers = sign(&SchemeName::GITHUB, &[key], &what).into_iter();
    let headers: Map<_, _> = headers.map(|(name, value)| (name, value.into())).collect();
    json!({"body": STANDARD.encode(body), "headers": headers})
}
