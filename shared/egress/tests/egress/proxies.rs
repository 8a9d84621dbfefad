//! Proxies named in the environment are not used: they would see, and could change, what Sluice sends for users.
//!
//! The environment belongs to the whole process, so the request is sent by a second run of this test binary.

use std::process::Command;

use crate::server::{OK, Server};
use crate::{generous_limits, get, with_loopback};

const TARGET: &str = "EGRESS_TEST_TARGET";

#[tokio::test(flavor = "multi_thread")]
async fn proxies_in_the_environment_are_not_used() {
    let proxy = Server::answering(OK).await;
    let target = Server::answering(OK).await;
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "proxies::one_request_to_the_target", "--ignored"]);
    child.env(TARGET, target.url());
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        child
            .env(name, proxy.url())
            .env(name.to_lowercase(), proxy.url());
    }
    for name in ["NO_PROXY", "no_proxy", "REQUEST_METHOD"] {
        child.env_remove(name);
    }
    let output = tokio::task::spawn_blocking(move || child.output());
    let output = output.await.unwrap().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    assert_eq!(target.requests().len(), 1);
    assert_eq!(proxy.connections(), 0);
}

#[tokio::test]
#[ignore = "the other half of the test above, which runs it with proxies in the environment"]
async fn one_request_to_the_target() {
    let Ok(url) = std::env::var(TARGET) else {
        return;
    };
    let answer = with_loopback().send(get(url), generous_limits()).await;
    assert_eq!(answer.map(|answer| answer.status), Ok(200));
}
