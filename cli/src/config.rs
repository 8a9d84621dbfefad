//! Where the client goes, and with which key: flag, then `SLUICE_*`, then `.sluice.toml` of the folder (never keys), then the
//! configuration of the user. A key is only sent to an address that its owner gave with it.

mod credential;
mod file;

use std::path::PathBuf;

pub(crate) use credential::Key;
pub(crate) use file::{ConfigFile, Profile};

use crate::failure::{Exit, Failure, Result};
use crate::output::Format;

/// Of a folder; commands in it and below use it.
const FOLDER_FILE: &str = ".sluice.toml";

/// What flags and variables say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    pub(crate) profile: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) output: Option<Format>,
}

/// Where requests go, and as whom.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) profile: Option<String>,
    pub(crate) url: String,
    pub(crate) key: Key,
}

/// What `.sluice.toml` may say.
#[derive(Debug, Default)]
struct Folder {
    path: PathBuf,
    profile: Option<String>,
    url: Option<String>,
    output: Option<String>,
}

/// The form of data that flag, variable or files ask for.
pub(crate) fn format(given: &Given) -> Result<Format> {
    if let Some(format) = given.output {
        return Ok(format);
    }
    let folder = folder()?;
    let text = match folder.output {
        Some(text) => Some(text),
        None => ConfigFile::read()?.output(),
    };
    let Some(text) = text else {
        return Ok(Format::Table);
    };
    <Format as clap::ValueEnum>::from_str(&text, true).map_err(|_| {
        Failure::usage(format!("The configuration has the output {text:?}."))
            .hint("It is one of table, json, jsonl and yaml.")
    })
}

/// Where requests go, and as whom.
pub(crate) fn target(given: &Given) -> Result<Target> {
    let file = ConfigFile::read()?;
    let folder = folder()?;
    let env_key = std::env::var("SLUICE_KEY")
        .ok()
        .filter(|key| !key.is_empty());
    let name = chosen_profile(given, &folder, &file)?;
    let profile = match &name {
        Some(name) => Some(
            file.profile(name)
                .ok_or_else(|| unknown_profile(name, &file))?,
        ),
        None => None,
    };
    // An address of the folder is whoever's wrote that file: it gets no key that was not given for it.
    let own_url = given.url.clone();
    let url = own_url
        .clone()
        .or_else(|| profile.as_ref().map(|profile| profile.url.clone()));
    let Some(url) = url else {
        return Err(no_target(&folder));
    };
    let key = match (env_key, &profile) {
        (Some(key), _) => Key::new(key),
        (None, Some(profile)) => {
            check_owner(own_url.as_deref(), profile, name.as_deref())?;
            profile.key(name.as_deref().unwrap_or_default(), &file)?
        }
        (None, None) => {
            return Err(
                Failure::new(Exit::Credentials, format!("There is no key for {url}."))
                    .hint("Set SLUICE_KEY, or run `sluice login`."),
            );
        }
    };
    let url = checked_url(&url)?;
    Ok(Target {
        profile: name,
        url,
        key,
    })
}

/// The profile of flag, variable, folder or user, in this order. With an address and nothing else, none has to fit.
fn chosen_profile(given: &Given, folder: &Folder, file: &ConfigFile) -> Result<Option<String>> {
    if given.profile.is_some() {
        return Ok(given.profile.clone());
    }
    if let Some(url) = &given.url {
        return Ok(file.by_url(url));
    }
    if folder.profile.is_some() {
        return Ok(folder.profile.clone());
    }
    if let Some(url) = &folder.url {
        return match file.by_url(url) {
            Some(name) => Ok(Some(name)),
            None => Err(no_target(folder)),
        };
    }
    Ok(file.current())
}

/// A key of a profile goes to the address of that profile, and nowhere else.
fn check_owner(url: Option<&str>, profile: &Profile, name: Option<&str>) -> Result<()> {
    let Some(url) = url.filter(|url| !file::same_url(url, &profile.url)) else {
        return Ok(());
    };
    let name = name.unwrap_or_default();
    Err(Failure::new(
        Exit::Credentials,
        format!("The profile {name} is for {}, not for {url}.", profile.url),
    )
    .hint(format!("Run sluice login --url {url}, or set SLUICE_KEY.")))
}

fn unknown_profile(name: &str, file: &ConfigFile) -> Failure {
    let known = file.names().join(", ");
    let known = if known.is_empty() {
        "none".to_owned()
    } else {
        known
    };
    Failure::usage(format!("There is no profile {name}.")).hint(format!(
        "There is: {known}. `sluice login --profile {name}` makes it."
    ))
}

fn no_target(folder: &Folder) -> Failure {
    let failure = match &folder.url {
        Some(url) => Failure::new(
            Exit::Credentials,
            format!(
                "{} names {url}, for which there is no profile.",
                folder.path.display()
            ),
        )
        .hint(format!("If you trust it: sluice login --url {url}")),
        None => Failure::new(Exit::Credentials, "It is not known which Sluice to ask."),
    };
    failure
        .hint("`sluice dev` starts one on this machine, and remembers it.")
        .hint("`sluice login --url URL` remembers another one, or set SLUICE_URL and SLUICE_KEY.")
}

/// Keys travel encrypted, or not at all beyond this machine.
pub(crate) fn checked_url(text: &str) -> Result<String> {
    let wrong = || Failure::usage(format!("{text:?} is no address: write it as https://HOST"));
    let url = reqwest::Url::parse(text).map_err(|_| wrong())?;
    let host = url.host_str().ok_or_else(wrong)?;
    let loopback = matches!(host, "localhost" | "[::1]")
        || host
            .parse::<std::net::Ipv4Addr>()
            .is_ok_and(|address| address.is_loopback());
    let allowed = std::env::var_os("SLUICE_ALLOW_HTTP").is_some_and(|value| value == "1");
    match url.scheme() {
        "https" => {}
        "http" if loopback || allowed => {}
        "http" => {
            return Err(
                Failure::usage(format!("{text} would carry the key unencrypted.")).hint(
                    "Use https://, or set SLUICE_ALLOW_HTTP=1 where the network is your own.",
                ),
            );
        }
        _ => return Err(wrong()),
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
        return Err(wrong());
    }
    Ok(text.trim_end_matches('/').to_owned())
}

fn folder() -> Result<Folder> {
    let path = PathBuf::from(FOLDER_FILE);
    let Ok(text) = std::fs::read_to_string(&path) else {
        return Ok(Folder::default());
    };
    read_folder(&text, path)
}

fn read_folder(text: &str, path: PathBuf) -> Result<Folder> {
    let document = file::document(text, &path)?;
    let mut folder = Folder {
        path,
        ..Folder::default()
    };
    for (name, value) in document.iter() {
        let text = || value.as_str().map(str::to_owned);
        match name {
            "profile" => folder.profile = text(),
            "url" => folder.url = text(),
            "output" => folder.output = text(),
            "key" | "credential_command" => {
                return Err(Failure::usage(format!("{FOLDER_FILE} has {name}, which it may not."))
                    .hint("Whoever reads the folder would have the key: use `sluice login`, or SLUICE_KEY."));
            }
            _ => {
                return Err(Failure::usage(format!(
                    "{FOLDER_FILE} has {name}, which is not known."
                ))
                .hint("It may have profile, url and output."));
            }
        }
    }
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_no_keys_and_runs_no_commands() {
        for wrong in [
            "key = 'sk_test_x'",
            "credential_command = 'x'",
            "other = 1",
            "= =",
        ] {
            assert!(
                read_folder(wrong, PathBuf::from(FOLDER_FILE)).is_err(),
                "{wrong}"
            );
        }
        let folder = read_folder("profile = 'dev'\noutput = 'json'", PathBuf::new()).unwrap();
        assert_eq!(folder.profile.as_deref(), Some("dev"));
    }

    #[test]
    fn keys_go_over_tls_or_stay_on_this_machine() {
        for good in [
            "https://api.example.com",
            "https://x.example.com/prod",
            "http://127.0.0.1:8787",
            "http://localhost:1/",
        ] {
            assert!(checked_url(good).is_ok(), "{good}");
        }
        for wrong in [
            "http://api.example.com",
            "ftp://x",
            "nothing",
            "https://a:b@x.example.com",
            "https://x?y=1",
            "http://127evil.example.com",
        ] {
            assert!(checked_url(wrong).is_err(), "{wrong}");
        }
    }
}
