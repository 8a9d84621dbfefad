//! `deploy` and `destroy`: `infra/deploy` and `infra/destroy` of the checkout, and the profile of what was deployed.

use std::path::PathBuf;
use std::process::Command;

use clap::Args;

use super::login;
use crate::checkout;
use crate::context::Context;
use crate::failure::{Doing as _, Exit, Failure, Result};

#[derive(Debug, Args)]
pub(crate) struct Deploy {
    #[command(flatten)]
    place: Place,
    /// For x86-64 instead of arm64.
    #[arg(long)]
    x86_64: bool,
    /// A domain of your own for webhooks and the API.
    #[arg(long, value_name = "NAME", requires = "certificate")]
    domain: Option<String>,
    /// The certificate of the domain, of ACM in the same region.
    #[arg(long, value_name = "ARN", requires = "domain")]
    certificate: Option<String>,
    /// A parameter of the templates; docs/deploying.md lists them.
    #[arg(long = "parameter", value_name = "NAME=VALUE")]
    parameters: Vec<String>,
    /// A tag of every resource.
    #[arg(long = "tag", value_name = "KEY=VALUE")]
    tags: Vec<String>,
    /// Deploy what target/lambda has.
    #[arg(long)]
    skip_build: bool,
    /// Send no webhook afterwards.
    #[arg(long)]
    skip_smoke_test: bool,
    /// Ask for what is not given.
    #[arg(long)]
    guided: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Destroy {
    #[command(flatten)]
    place: Place,
    /// Delete the tables with everything in them, too; it asks twice.
    #[arg(long)]
    with_data: bool,
}

/// Where a stage is.
#[derive(Debug, Args)]
struct Place {
    /// dev, prod, …: part of every name.
    #[arg(long, value_name = "NAME")]
    stage: Option<String>,
    /// Such as eu-central-1; by default the one of the AWS configuration.
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// A profile of the AWS configuration; the option --profile is of Sluice.
    #[arg(long, value_name = "NAME")]
    aws_profile: Option<String>,
}

impl Place {
    fn arguments(&self) -> Vec<String> {
        let options = [
            ("--stage", &self.stage),
            ("--region", &self.region),
            ("--profile", &self.aws_profile),
        ];
        options
            .into_iter()
            .flat_map(|(name, value)| option(name, value.as_ref()))
            .collect()
    }
}

fn option(name: &str, value: Option<&String>) -> Vec<String> {
    value.map_or_else(Vec::new, |value| vec![name.to_owned(), value.clone()])
}

/// Deploys, and remembers the first key as a profile with the name of the stage.
pub(crate) fn deploy(context: &Context, given: &Deploy) -> Result<Exit> {
    let root = checkout::required("deploy")?;
    if given.place.stage.is_none() && !given.guided {
        return Err(Failure::usage("It is not said which stage.")
            .hint("sluice deploy --stage dev --region eu-central-1, or --guided for questions"));
    }
    let mut arguments = given.place.arguments();
    for (flag, is_set) in [
        ("--x86-64", given.x86_64),
        ("--skip-build", given.skip_build),
        ("--skip-smoke-test", given.skip_smoke_test),
        ("--guided", given.guided),
    ] {
        if is_set {
            arguments.push(flag.to_owned());
        }
    }
    arguments.extend(option("--domain", given.domain.as_ref()));
    arguments.extend(option("--certificate", given.certificate.as_ref()));
    arguments.extend(
        given
            .parameters
            .iter()
            .flat_map(|value| option("--parameter", Some(value))),
    );
    arguments.extend(
        given
            .tags
            .iter()
            .flat_map(|value| option("--tag", Some(value))),
    );
    run("infra/deploy", &root, &arguments)?;
    if let Some((folder, stage)) = deployed(&root, given) {
        let (url, key) = login::from_demo(&folder, None)?;
        if let Some(key) = key {
            login::remember(&stage, &url, key)?;
            context.out.say(&format!(
                "It is the profile {stage}: sluice --profile {stage} whoami"
            ));
        }
    }
    Ok(Exit::Success)
}

/// The folder that the deployment left, where it is known which.
fn deployed(root: &std::path::Path, given: &Deploy) -> Option<(PathBuf, String)> {
    let stage = given.place.stage.clone()?;
    let start = format!(
        "sluice-{stage}-{}",
        given.place.region.as_deref().unwrap_or_default()
    );
    let folders = std::fs::read_dir(root.join(".sluice")).ok()?;
    let mut found: Vec<PathBuf> = folders
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with(&start))
        })
        .filter(|path| path.join("demo.json").is_file())
        .collect();
    match found.len() {
        1 => Some((found.remove(0), stage)),
        _ => None,
    }
}

/// Removes a deployment.
pub(crate) fn destroy(context: &Context, given: &Destroy) -> Result<Exit> {
    let root = checkout::required("destroy")?;
    let (Some(stage), Some(_)) = (&given.place.stage, &given.place.region) else {
        return Err(Failure::usage("It is not said what to remove.")
            .hint("sluice destroy --stage dev --region eu-central-1"));
    };
    context.confirm(&format!(
        "Remove the deployment {stage}? Its data stays unless --with-data says otherwise."
    ))?;
    let mut arguments = given.place.arguments();
    if given.with_data {
        arguments.push("--with-data".to_owned());
    }
    run("infra/destroy", &root, &arguments)?;
    Ok(Exit::Success)
}

/// Runs a script of the checkout on this terminal. Python is named, since a checkout may lack the mark of executables.
fn run(script: &str, root: &std::path::Path, arguments: &[String]) -> Result<()> {
    if !checkout::has("python3") {
        return Err(
            Failure::failed(format!("There is no python3, which runs {script}."))
                .hint("`sluice doctor` says what else is missing."),
        );
    }
    let status = Command::new("python3")
        .arg(root.join(script))
        .args(arguments)
        .current_dir(root)
        .status();
    let status = status.doing(|| format!("cannot start {script}"))?;
    match status.success() {
        true => Ok(()),
        false => Err(
            Failure::failed(format!("{script} failed; its reason is above."))
                .hint("`sluice doctor` checks what it needs."),
        ),
    }
}
