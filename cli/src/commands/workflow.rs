//! `workflow`: what there is, whether a document can be run, and whether it runs.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::client::{op, pages};
use crate::context::{Context, text_file};
use crate::failure::{Exit, Failure, Result};
use crate::find::{self, text};
use crate::output::views;

#[derive(Debug, Subcommand)]
pub(crate) enum WorkflowCommand {
    /// List workflows, by slug.
    List(Limit),
    /// Show a workflow; with -o json or yaml, its definition too.
    Show(Named),
    /// Say whether a document can be run, and everything that is wrong with it.
    Validate {
        /// The document in YAML or JSON; - for standard input.
        file: String,
    },
    /// Print the graph of a workflow's tasks.
    Graph {
        #[command(flatten)]
        workflow: Named,
        /// Of this version; else of the current one.
        #[arg(long, value_name = "NUMBER")]
        version: Option<u64>,
        /// As a diagram in Mermaid, instead of nodes and edges.
        #[arg(long)]
        mermaid: bool,
    },
    /// Let a workflow's webhooks run it.
    Activate(Named),
    /// Refuse a workflow's webhooks.
    Deactivate(Named),
    /// List the versions of a workflow, the newest first.
    Versions {
        #[command(flatten)]
        workflow: Named,
        #[command(flatten)]
        limit: Limit,
    },
    /// Delete a workflow and its triggers; its executions stay.
    Delete(Named),
}

/// One workflow.
#[derive(Debug, Args)]
pub(crate) struct Named {
    /// Its id, slug or name.
    workflow: String,
}

/// How much of a list.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Limit {
    /// How many to show.
    #[arg(long, value_name = "NUMBER", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    limit: u64,
}

impl Limit {
    /// As a length.
    pub(crate) fn get(self) -> usize {
        usize::try_from(self.limit).unwrap_or(find::ALL)
    }
}

/// Runs a command on workflows.
pub(crate) fn run(context: &Context, command: WorkflowCommand) -> Result<Exit> {
    match command {
        WorkflowCommand::Validate { file } => return validate(context, &file),
        WorkflowCommand::List(limit) => {
            let client = context.client()?;
            let items = pages(limit.get(), || client.call(op::LIST_WORKFLOWS, &[]))?;
            context.out.list(&views::LISTED_WORKFLOW, &items)?;
        }
        WorkflowCommand::Show(named) => one(context, op::GET_WORKFLOW, &named)?,
        WorkflowCommand::Activate(named) => one(context, op::ACTIVATE, &named)?,
        WorkflowCommand::Deactivate(named) => one(context, op::DEACTIVATE, &named)?,
        WorkflowCommand::Graph {
            workflow,
            version,
            mermaid,
        } => graph(context, &workflow, version, mermaid)?,
        WorkflowCommand::Versions { workflow, limit } => {
            let client = context.client()?;
            let id = find::workflow(&client, &workflow.workflow)?;
            let items = pages(limit.get(), || client.call(op::LIST_VERSIONS, &[&id]))?;
            context.out.list(&views::VERSION, &items)?;
        }
        WorkflowCommand::Delete(named) => {
            let client = context.client()?;
            let id = find::workflow(&client, &named.workflow)?;
            context.confirm(&format!(
                "Delete the workflow {} and its webhooks?",
                named.workflow
            ))?;
            client.call(op::DELETE_WORKFLOW, &[&id]).send()?;
            context.out.say(&format!("{} is deleted.", named.workflow));
        }
    }
    Ok(Exit::Success)
}

fn one(context: &Context, operation: crate::client::Operation, named: &Named) -> Result<()> {
    let client = context.client()?;
    let id = find::workflow(&client, &named.workflow)?;
    let workflow = client.call(operation, &[&id]).json()?;
    context.out.one(&views::WORKFLOW, &workflow)
}

fn validate(context: &Context, file: &str) -> Result<Exit> {
    let client = context.client()?;
    let body = json!({ "definitionYaml": text_file(file)? });
    let answer = client.call(op::VALIDATE, &[]).body(body).json()?;
    let problems = answer
        .get("problems")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let is_valid = answer
        .get("valid")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    match context.out.is_table() {
        true if is_valid => context.out.say(&format!("{file} can be run.")),
        true => context.out.list(&views::PROBLEM, &problems)?,
        false => context.out.value(&answer)?,
    }
    match is_valid {
        true => Ok(Exit::Success),
        false => Err(Failure::failed(format!(
            "{file} cannot be run: {} problems.",
            problems.len()
        ))),
    }
}

fn graph(context: &Context, named: &Named, version: Option<u64>, mermaid: bool) -> Result<()> {
    let client = context.client()?;
    let id = find::workflow(&client, &named.workflow)?;
    let version = version.map(|version| version.to_string());
    let graph = client
        .call(op::GRAPH, &[&id])
        .maybe("version", version.as_ref())
        .json()?;
    match mermaid || context.out.is_table() {
        true => context.out.text(&diagram(&graph)),
        false => context.out.value(&graph),
    }
}

/// The graph in Mermaid's words, whose ids may not have slashes.
fn diagram(graph: &Value) -> String {
    let list = |name: &str| {
        graph
            .get(name)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let nodes = list("nodes");
    let number = |id: &str| {
        nodes
            .iter()
            .position(|node| text(node, "id") == id)
            .unwrap_or(nodes.len())
    };
    let quoted = |text: &str| text.replace('"', "#quot;");
    let mut lines = vec!["flowchart TD".to_owned()];
    for (at, node) in nodes.iter().enumerate() {
        let (name, kind) = (quoted(text(node, "name")), quoted(text(node, "type")));
        let label = if name == kind {
            name
        } else {
            format!("{name}<br>{kind}")
        };
        lines.push(format!("  n{at}[\"{label}\"]"));
    }
    for edge in list("edges") {
        let (from, to) = (number(text(&edge, "from")), number(text(&edge, "to")));
        lines.push(match text(&edge, "label") {
            "" => format!("  n{from} --> n{to}"),
            label => format!("  n{from} -->|\"{}\"| n{to}", quoted(label)),
        });
    }
    lines.join("\n")
}
