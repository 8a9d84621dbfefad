//! `login`, `logout`, `whoami` and `profile`: which Sluice, and with which key.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::client::{Client, op};
use crate::config::{self, ConfigFile, Key, Profile, Target, checked_url};
use crate::context::{Context, text_file};
use crate::failure::{Exit, Failure, Result};
use crate::find::text;
use crate::output::views;

/// Where `cargo dev` and `infra/deploy` leave the first key.
const DEMO_FILE: &str = "demo.json";
/// `cargo dev` does not write where it listens.
const LOCAL_URL: &str = "http://127.0.0.1:8787";

#[derive(Debug, Args)]
pub(crate) struct Login {
    /// A command that prints the key; it is run each time a key is needed, and no key is stored.
    #[arg(long, value_name = "COMMAND")]
    credential_command: Option<String>,
    /// Take address and key from the folder that `cargo dev` or `infra/deploy` made, such as .sluice.
    #[arg(long, value_name = "DIR", conflicts_with = "credential_command")]
    from: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Logout {}

#[derive(Debug, Subcommand)]
pub(crate) enum ProfileCommand {
    /// List the profiles.
    List,
    /// Use another profile from now on.
    Use {
        /// Its name.
        name: String,
    },
}

/// Stores a profile, after the API has taken its key.
pub(crate) fn login(context: &Context, arguments: &Login) -> Result<Exit> {
    let name = context
        .given
        .profile
        .clone()
        .unwrap_or_else(|| "default".to_owned());
    let mut file = ConfigFile::read()?;
    let (url, key) = match &arguments.from {
        Some(folder) => from_demo(folder, context.given.url.as_deref())?,
        None => {
            let url = context
                .given
                .url
                .clone()
                .or_else(|| file.profile(&name).map(|profile| profile.url));
            let url = url.ok_or_else(|| {
                Failure::usage("It is not known which Sluice.")
                    .hint("Name it: sluice login --url https://…")
            })?;
            (url, None)
        }
    };
    let url = checked_url(&url)?;
    let profile = match (&arguments.credential_command, key) {
        (Some(command), _) => Profile::with_command(&url, command),
        (None, Some(key)) => Profile::with_key(&url, key.checked()?),
        (None, None) => Profile::with_key(&url, context.secret_input("API key")?.checked()?),
    };
    let key = match &arguments.credential_command {
        // The file may be somebody else's to read; the command is in the arguments, not in it.
        Some(_) => profile.key(&name, &ConfigFile::read()?)?,
        None => profile.key(&name, &file)?,
    };
    let target = Target {
        profile: Some(name.clone()),
        url: url.clone(),
        key,
    };
    let org = org(&Client::new(target, context.timeout())?)?;
    file.set(&name, &profile);
    file.use_profile(&name);
    file.write()?;
    context.out.say(&format!(
        "Logged in to {url} as the profile {name}{}.",
        org_named(&org)
    ));
    Ok(Exit::Success)
}

fn org_named(org: &Value) -> String {
    match text(org, "id") {
        "" => String::new(),
        id => format!(", org {id}"),
    }
}

/// The org of the key; nothing for a key that only publishes.
fn org(client: &Client) -> Result<Value> {
    match client.call(op::ORG, &[]).json() {
        Ok(org) => Ok(org),
        Err(failure) if failure.message().contains("(FORBIDDEN_SCOPE)") => Ok(Value::Null),
        Err(failure) => Err(failure),
    }
}

/// Address and key of a folder of `cargo dev` or `infra/deploy`.
pub(crate) fn from_demo(
    folder: &std::path::Path,
    url: Option<&str>,
) -> Result<(String, Option<Key>)> {
    let path = folder.join(DEMO_FILE);
    let shown = path.display().to_string();
    let content =
        text_file(&shown).map_err(|failure| failure.hint("Start `sluice dev` there first."))?;
    let demo: Value = serde_json::from_str(&content)
        .map_err(|_| Failure::usage(format!("{shown} is no JSON.")))?;
    let key = text(&demo, "adminKey");
    if key.is_empty() {
        return Err(Failure::usage(format!("{shown} has no adminKey.")));
    }
    let own = demo.get("baseUrl").and_then(Value::as_str);
    let url = url.or(own).unwrap_or(LOCAL_URL);
    Ok((url.to_owned(), Some(Key::new(key))))
}

/// Forgets a profile.
pub(crate) fn logout(context: &Context, _: &Logout) -> Result<Exit> {
    let mut file = ConfigFile::read()?;
    let name = context.given.profile.clone().or_else(|| file.current());
    let name =
        name.ok_or_else(|| Failure::new(Exit::NotFound, "There is no profile to log out of."))?;
    if !file.remove(&name) {
        return Err(
            Failure::new(Exit::NotFound, format!("There is no profile {name}."))
                .hint("`sluice profile list` shows those that there are."),
        );
    }
    file.write()?;
    context.out.say(&format!(
        "The profile {name} and its key are forgotten on this machine."
    ));
    context
        .out
        .say("The key still works: `sluice key revoke` ends it.");
    Ok(Exit::Success)
}

/// Who the API takes this for.
pub(crate) fn whoami(context: &Context) -> Result<Exit> {
    let client = context.client()?;
    let target = client.target().clone();
    let org = org(&client)?;
    let shown = json!({
        "profile": target.profile,
        "url": target.url,
        "key": target.key.shown(),
        "environment": target.key.environment(),
        "org": org,
    });
    context.out.one(&views::WHOAMI, &shown)?;
    Ok(Exit::Success)
}

/// Lists profiles, or uses another.
pub(crate) fn profile(context: &Context, command: ProfileCommand) -> Result<Exit> {
    let mut file = ConfigFile::read()?;
    match command {
        ProfileCommand::List => {
            let current = file.current();
            let shown = file.names().into_iter().filter_map(|name| {
                let profile = file.profile(&name)?;
                Some(json!({
                    "inUse": current.as_deref() == Some(name.as_str()),
                    "profile": name,
                    "url": profile.url,
                    "key": profile.key_shown(),
                }))
            });
            context
                .out
                .list(&views::PROFILE, &shown.collect::<Vec<_>>())?;
        }
        ProfileCommand::Use { name } => {
            if file.profile(&name).is_none() {
                return Err(
                    Failure::new(Exit::NotFound, format!("There is no profile {name}."))
                        .hint("`sluice profile list` shows those that there are."),
                );
            }
            file.use_profile(&name);
            file.write()?;
            context
                .out
                .say(&format!("The profile {name} is used from now on."));
        }
    }
    Ok(Exit::Success)
}

/// Remembers a Sluice that was started or deployed, and uses it where nothing else is in use.
pub(crate) fn remember(name: &str, url: &str, key: Key) -> Result<()> {
    let mut file = ConfigFile::read()?;
    file.set(
        name,
        &Profile::with_key(&config::checked_url(url)?, key.checked()?),
    );
    if file.current().is_none() {
        file.use_profile(name);
    }
    file.write()
}
