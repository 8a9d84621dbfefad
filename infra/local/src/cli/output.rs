//! What `cargo dev` says on stdout once it is ready: for people, or for programs. Does not log.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::Path;

use serde::Serialize;

use crate::seed::Demo;

type Variables = BTreeMap<String, String>;

#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    demo: &'a Demo,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<&'a Variables>,
}

/// One line of JSON.
pub(super) fn json(demo: &Demo, environment: Option<&Variables>) -> io::Result<()> {
    let line = serde_json::to_string(&Line { demo, environment })?;
    writeln!(io::stdout(), "{line}")
}

/// What to know, and what to paste.
pub(super) fn human(
    demo: &Demo,
    environment: Option<&Variables>,
    folder: Option<&Path>,
) -> io::Result<()> {
    io::stdout().write_all(text(demo, environment, folder).as_bytes())
}

fn text(demo: &Demo, environment: Option<&Variables>, folder: Option<&Path>) -> String {
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
    let start = environment.map(functions_text).unwrap_or_default();
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
        let text = text(&demo, Some(&environment), None);
        for line in [
            "  curl 'http://127.0.0.1:8787/hooks/wf_1?token=t' -H 'content-type: application/json' -d '{\"ref\":\"refs/heads/main\"}'",
            "  curl 'http://127.0.0.1:8787/v1/executions?limit=5' -H 'authorization: Bearer sk_test_x'",
            "  export AWS_REGION='eu-central-1'",
        ] {
            assert!(text.lines().any(|given| given == line), "{line} in {text}");
        }
    }
}
