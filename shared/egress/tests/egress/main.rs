//! What egress promises, tested from outside, against servers that the tests start on loopback.

#![cfg(test)]

mod broken;
mod exchange;
mod headers;
mod limits;
mod notations;
mod pinning;
mod proxies;
mod ranges;
mod server;
mod urls;

use egress::{Access, Egress, Limits, Policy, Request};

/// As a deployment has it.
fn closed() -> Egress {
    Egress::new(Policy::default())
}

/// As on a laptop.
fn with_loopback() -> Egress {
    Egress::new(loopback_policy())
}

fn loopback_policy() -> Policy {
    Policy {
        loopback: Access::Open,
        ..Policy::default()
    }
}

fn get(url: impl Into<String>) -> Request {
    Request {
        method: "GET".to_owned(),
        url: url.into(),
        headers: Vec::new(),
        body: Vec::new(),
        hops: 1,
        traceparent: None,
        idempotency_key: None,
    }
}

/// Long enough that only a test about a short limit meets one, on however slow a machine.
fn patient() -> Limits {
    Limits {
        total_ms: 60_000,
        ..Limits::default()
    }
}
