//! What `cargo dev` says on stdout once it is ready: for people, or for programs. Does not log.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::Path;

use serde::Serialize;

use crate::seed::Demo;

type Variables = BTreeMap<String, String>;

/// How to go on.
#[derive(Serialize)]
pub(super) enum Start {
    /// In a browser: a link that signs in once.
    #[serde(rename = "consoleUrl")]
    Console(String),
    /// With functions that run elsewhere, in this environment.
    #[serde(rename = "environment")]
    Environment(Variables),
}

#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    demo: &'a Demo,
    #[serde(flatten)]
    start: &'a Start,
}

/// One line of JSON.
pub(super) fn json(demo: &Demo, start: &Start) -> io::Result<()> {
    let line = serde_json::to_string(&Line { demo, start })?;
    writeln!(io::stdout(), "{line}")
}

/// What to know, and what to paste.
pub(super) fn human(demo: &Demo, start: &Start, folder: Option<&Path>) -> io::Result<()> {
    io::stdout().write_all(text(demo, start, folder).as_bytes())
}

fn text(demo: &Demo, start: &Start, folder: Option<&Path>) -> String {
    let Demo {
        base_url,
        admin_key,
        workflow_id,
        webhook_url,
    } = demo;
    let data = match folder {
        Some(folder) => format!("Its data is in {}.", folder.display()),
        None => "Its data is in memory, and gone when it stops.".to_owned(),
    };
    let start = match start {
        Start::Console(link) => format!("\n  Console     {link}\n"),
        Start::Environment(environment) => functions_text(environment),
    };
    format!(
        "Sluice is running. {data}
{start}
  Webhook     {webhook_url}
  Admin key   {admin_key}
  Workflow    {workflow_id}

Send the webhook something:

  curl '{webhook_url}' -H 'content-type: application/json' -d '{{\"ref\":\"refs/heads/main\"}}'

See what became of it (each execution is at /v1/executions/ID, with its steps):

  curl '{base_url}/v1/executions?limit=5' -H 'authorization: Bearer {admin_key}'

Workflows may call loopback addresses here, which a deployment refuses. Ctrl-C stops.
"
    )
}

fn functions_text(environment: &Variables) -> String {
    let lines: String = environment
        .iter()
        .map(|(name, value)| format!("  export {name}='{value}'\n"))
        .collect();
    format!(
        "\nRun the functions in another terminal, with this environment:\n\n{lines}  cargo lambda watch\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_get_what_they_can_paste() {
        let demo = Demo {
            base_url: "http://127.0.0.1:8787".to_owned(),
            admin_key: "sk_test_x".to_owned(),
            workflow_id: "wf_1".to_owned(),
            webhook_url: "http://127.0.0.1:8787/hooks/wf_1?token=t".to_owned(),
        };
        let environment = Variables::from([("AWS_REGION".to_owned(), "eu-central-1".to_owned())]);
        let link = "http://127.0.0.1:8787/console/sign-in?code=c".to_owned();
        let console = text(&demo, &Start::Console(link), None);
        let link = "  Console     http://127.0.0.1:8787/console/sign-in?code=c";
        assert!(console.lines().any(|given| given == link), "{console}");
        let text = text(&demo, &Start::Environment(environment), None);
        for line in [
            "  curl 'http://127.0.0.1:8787/hooks/wf_1?token=t' -H 'content-type: application/json' -d '{\"ref\":\"refs/heads/main\"}'",
            "  curl 'http://127.0.0.1:8787/v1/executions?limit=5' -H 'authorization: Bearer sk_test_x'",
            "  export AWS_REGION='eu-central-1'",
        ] {
            assert!(text.lines().any(|given| given == line), "{line} in {text}");
        }
    }
}
