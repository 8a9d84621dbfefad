//! Where the client goes, and with which key: flag, then `SLUICE_*`, then `.sluice.toml` of the folder (never keys), then the
//! configuration of the user. A key is only sent to an address that its owner gave with it.

mod credential;
mod file;
mod folder;
mod profile;

pub(crate) use credential::Key;
pub(crate) use file::ConfigFile;
pub(crate) use profile::Profile;

use self::folder::Folder;
use crate::failure::{Exit, Failure, Result};
use crate::output::Format;

/// What flags and variables say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    pub(crate) profile: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) output: Option<Format>,
    /// Whether they come from the arguments, and not from variables.
    pub(crate) profile_is_flag: bool,
    pub(crate) url_is_flag: bool,
}

/// Where requests go, and as whom.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) profile: Option<String>,
    pub(crate) url: String,
    pub(crate) key: Key,
}

/// The form of data that flag, variable or files ask for.
pub(crate) fn format(given: &Given) -> Result<Format> {
    if let Some(format) = given.output {
        return Ok(format);
    }
    let folder = Folder::read()?;
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
    let folder = Folder::read()?;
    let (named, named_url) = given.names();
    let name = chosen_profile(named, named_url, &folder, &file)?;
    let profile = match &name {
        Some(name) => Some(
            file.profile(name)
                .ok_or_else(|| unknown_profile(name, &file))?,
        ),
        None => None,
    };
    // An address of the folder is whoever's wrote that file: it only chooses a profile, and gets no key.
    let url = match (named_url, &profile) {
        (Some(url), _) => url.clone(),
        (None, Some(profile)) => profile.url.clone(),
        (None, None) => return Err(no_target(&folder)),
    };
    let variable = std::env::var("SLUICE_KEY").ok();
    let variable = variable.filter(|key| !key.is_empty() && !given.profile_is_flag);
    let key = match (variable, &profile, &name) {
        (Some(key), _, _) => Key::new(key),
        (None, Some(profile), Some(name)) => {
            check_owner(&url, profile, name)?;
            profile.key(name, &file)?
        }
        (None, _, _) => {
            return Err(
                Failure::new(Exit::Credentials, format!("There is no key for {url}."))
                    .hint("Set SLUICE_KEY, or run `sluice login`."),
            );
        }
    };
    Ok(Target {
        profile: name,
        url: checked_url(&url)?,
        key,
    })
}

impl Given {
    /// Profile and address of the flags; those of variables only where no flag names either.
    fn names(&self) -> (Option<&String>, Option<&String>) {
        let by_flag = self.profile_is_flag || self.url_is_flag;
        let profile = self
            .profile
            .as_ref()
            .filter(|_| self.profile_is_flag || !by_flag);
        let url = self.url.as_ref().filter(|_| self.url_is_flag || !by_flag);
        (profile, url)
    }
}

/// The profile of flag, variable, folder or user, in this order. Of an address there need not be one.
fn chosen_profile(
    named: Option<&String>,
    url: Option<&String>,
    folder: &Folder,
    file: &ConfigFile,
) -> Result<Option<String>> {
    match (named, url, &folder.profile, &folder.url) {
        (Some(name), ..) => Ok(Some(name.clone())),
        (None, Some(url), ..) => Ok(file.by_url(url)),
        (None, None, Some(name), _) => Ok(Some(name.clone())),
        (None, None, None, Some(url)) => match file.by_url(url) {
            Some(name) => Ok(Some(name)),
            None => Err(no_target(folder)),
        },
        (None, None, None, None) => Ok(file.current()),
    }
}

/// A key of a profile goes to the address of that profile, and nowhere else.
fn check_owner(url: &str, profile: &Profile, name: &str) -> Result<()> {
    if file::same_url(url, &profile.url) {
        return Ok(());
    }
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
    // Names below localhost are this machine, too (RFC 6761).
    let loopback = matches!(host, "localhost" | "[::1]")
        || host.ends_with(".localhost")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_go_over_tls_or_stay_on_this_machine() {
        for good in [
            "https://api.example.com",
            "https://x.example.com/prod",
            "http://127.0.0.1:8787",
            "http://localhost:1/",
            "http://api.localhost:1",
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
            "http://evillocalhost",
        ] {
            assert!(checked_url(wrong).is_err(), "{wrong}");
        }
    }
}
