//! Tests of egress's public interface, against servers that the tests start on loopback.

#![cfg(test)]

mod broken;
mod exchange;
mod headers;
mod large_bodies;
mod limits;
mod notations;
mod pinning;
mod proxies;
mod ranges;
mod server;
mod urls;

use egress::{Access, Egress, Limits, Policy, Request};

/// The policy of a deployment.
fn closed() -> Egress {
    Egress::new(Policy::default())
}

/// The policy of the local stack.
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

/// Limits that are never reached, even on a slow machine.
fn generous_limits() -> Limits {
    Limits {
        total_ms: 60_000,
        ..Limits::default()
    }
}
