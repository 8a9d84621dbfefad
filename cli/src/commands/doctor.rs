//! `doctor`: what of this machine, the profile and the connection works, and what to do about the rest.

use std::time::Duration;

use serde_json::{Value, json};

use crate::checkout;
use crate::client::{Client, op};
use crate::config::{self, ConfigFile};
use crate::context::Context;
use crate::failure::{Exit, Failure, Result};
use crate::find::text;
use crate::output::views;
use crate::time;

/// Programs, what they are for, and where they come from.
const PROGRAMS: [(&str, &str, &str); 5] = [
    ("cargo", "dev, deploy", "https://rustup.rs"),
    ("python3", "deploy", "https://www.python.org"),
    ("sam", "deploy", "pip install aws-sam-cli"),
    (
        "aws",
        "deploy",
        "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html",
    ),
    ("cargo-lambda", "deploy", "pip install cargo-lambda"),
];
/// Of a program that is only asked who it is.
const PROGRAM_TIMEOUT: Duration = Duration::from_secs(20);
/// Beyond it, signatures with a time are refused.
const MAX_CLOCK_SKEW_SECONDS: i64 = 60;

/// Prints each check. It fails where the API cannot be used; what only a deployment lacks is said.
pub(crate) fn run(context: &Context) -> Result<Exit> {
    let mut checks = Checks::default();
    programs(&mut checks);
    aws(&mut checks);
    let is_usable = connection(context, &mut checks);
    context.out.list(&views::CHECK, &checks.found)?;
    match is_usable {
        true => Ok(Exit::Success),
        false => Err(Failure::failed("The API cannot be used yet: see above.")),
    }
}

#[derive(Debug, Default)]
struct Checks {
    found: Vec<Value>,
}

impl Checks {
    fn add(&mut self, check: &str, state: &str, what: impl Into<String>) {
        let what = what.into();
        self.found
            .push(json!({ "check": check, "state": state, "what": what }));
    }
}

fn programs(checks: &mut Checks) {
    match checkout::root() {
        Some(root) => checks.add("checkout", "ok", root.display().to_string()),
        None => checks.add(
            "checkout",
            "missing",
            "for dev, deploy: clone the repository, and work in it",
        ),
    }
    for (program, purpose, source) in PROGRAMS {
        match checkout::has(program) {
            true => checks.add(program, "ok", ""),
            false => checks.add(program, "missing", format!("for {purpose}: {source}")),
        }
    }
}

fn aws(checks: &mut Checks) {
    if !checkout::has("aws") {
        return checks.add("AWS credentials", "skipped", "there is no aws");
    }
    match checkout::output(
        "aws",
        &[
            "sts",
            "get-caller-identity",
            "--query",
            "Arn",
            "--output",
            "text",
        ],
        PROGRAM_TIMEOUT,
    ) {
        Some(arn) => checks.add("AWS credentials", "ok", arn),
        None => checks.add(
            "AWS credentials",
            "missing",
            "for deploy: aws configure, or aws sso login",
        ),
    }
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let region = variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION"));
    let region = region
        .or_else(|| checkout::output("aws", &["configure", "get", "region"], PROGRAM_TIMEOUT))
        .filter(|region| !region.is_empty());
    match region {
        Some(region) => checks.add("AWS region", "ok", region),
        None => checks.add("AWS region", "missing", "for deploy: name it with --region"),
    }
}

/// Whether the API answers to the key.
fn connection(context: &Context, checks: &mut Checks) -> bool {
    match ConfigFile::read() {
        Ok(file) if file.path().exists() => {
            checks.add("configuration", "ok", file.path().display().to_string())
        }
        Ok(file) => checks.add(
            "configuration",
            "skipped",
            format!("there is no {} yet", file.path().display()),
        ),
        Err(failure) => {
            checks.add("configuration", "failed", failure.message());
            return false;
        }
    }
    let client =
        config::target(&context.given).and_then(|target| Client::new(target, context.timeout()));
    let client = match client {
        Ok(client) => client,
        Err(failure) => {
            checks.add("profile", "failed", failure.message());
            return false;
        }
    };
    let target = client.target();
    checks.add(
        "profile",
        "ok",
        format!(
            "{} {}",
            target.profile.as_deref().unwrap_or("of SLUICE_URL"),
            target.url
        ),
    );
    let health = match client.call(op::HEALTH, &[]).send() {
        Ok(answer) => answer,
        Err(failure) => {
            checks.add("connection", "failed", failure.message());
            return false;
        }
    };
    let body: Value = serde_json::from_slice(&health.body).unwrap_or_default();
    checks.add(
        "connection",
        "ok",
        format!("version {}", text(&body, "version")),
    );
    clock(&health, checks);
    match client.call(op::ORG, &[]).json() {
        Ok(org) => checks.add(
            "key",
            "ok",
            format!("{} of {}", target.key.shown(), text(&org, "id")),
        ),
        Err(failure) => {
            checks.add("key", "failed", failure.message());
            return false;
        }
    }
    true
}

fn clock(answer: &crate::client::Answer, checks: &mut Checks) {
    let date = answer
        .headers
        .get("date")
        .and_then(|value| value.to_str().ok());
    let Some(there) = date.and_then(domain::Timestamp::parse_http_date) else {
        return checks.add("clock", "skipped", "the answer has no time");
    };
    let away = (time::now().unix_timestamp() - there.as_millis() / 1000).abs();
    match away <= MAX_CLOCK_SKEW_SECONDS {
        true => checks.add("clock", "ok", ""),
        false => checks.add(
            "clock",
            "failed",
            format!("it is {away} s away from the API's: set it, or signatures are refused"),
        ),
    }
}
