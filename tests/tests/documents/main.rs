//! The five documents of the products whose clients Sluice serves: every request, header and body that they print is sent
//! through the gateway, and status, headers and JSON are compared with what they print. Each test prints its document's
//! table: `cargo test --test documents -- --nocapture`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod copyai;
mod curl;
mod expected;
mod hap;
mod plans;
mod refly;
mod refold;
mod report;
mod webhook_api;
