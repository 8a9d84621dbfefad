//! `signature`: signs and verifies as the table of schemes in `shared/domain` says, without the network.

use clap::{Args, Subcommand};
use domain::signature::{
    Algorithm, Encoding, GenericHmac, HmacSettings, Part, SchemeKind, SchemeName, SecretForm,
    Signed, SignedRequest, SigningSecret, sign, verify,
};
use domain::{Timestamp, WebhookRequest};
use serde_json::{Value, json};

use super::api::header;
use crate::context::{Context, file, text_file};
use crate::failure::{Exit, Failure, Result};
use crate::find::text;
use crate::time;

/// The secret of a scheme.
const SECRET_VARIABLE: &str = "SLUICE_SIGNING_SECRET";

#[derive(Debug, Subcommand)]
pub(crate) enum SignatureCommand {
    /// Print the headers that sign a body.
    Sign {
        /// The body; - for standard input.
        file: String,
        /// A header of the request, such as "webhook-id: msg_1", which the scheme may sign.
        #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = header)]
        headers: Vec<(String, String)>,
        #[command(flatten)]
        scheme: SchemeArguments,
    },
    /// Say whether a body has the signature that its headers carry.
    Verify {
        /// The body; - for standard input.
        file: String,
        /// A header of the request; all that the scheme reads.
        #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = header)]
        headers: Vec<(String, String)>,
        /// The URL as the sender called it, for schemes that sign it.
        #[arg(long, value_name = "URL", default_value = "")]
        signed_url: String,
        /// As if it were this time: a signature may be five minutes old.
        #[arg(long, value_name = "TIME", value_parser = time::moment)]
        at: Option<String>,
        #[command(flatten)]
        scheme: SchemeArguments,
    },
}

#[derive(Debug, Args)]
pub(crate) struct SchemeArguments {
    /// standard-webhooks, github, slack, stripe, twilio, or hmac with the following settings.
    #[arg(long, value_name = "SCHEME")]
    scheme: Option<String>,
    /// Of hmac: sha1, sha256 or sha512.
    #[arg(long, value_name = "HASH", default_value = "sha256")]
    algorithm: String,
    /// Of hmac: the header with the signature.
    #[arg(long, value_name = "NAME", default_value = "x-signature")]
    signature_header: String,
    /// Of hmac: hex or base64.
    #[arg(long, value_name = "FORM", default_value = "hex")]
    encoding: String,
    /// Of hmac: what comes before the signature, such as sha256=.
    #[arg(long, value_name = "TEXT", default_value = "")]
    prefix: String,
    /// Of hmac: how the secret is written: any, text, base64 or hex.
    #[arg(long, value_name = "FORM", default_value = "any")]
    secret_encoding: String,
    /// The file with the secret; else SLUICE_SIGNING_SECRET, or a question.
    #[arg(long, value_name = "FILE")]
    secret_file: Option<String>,
}

impl SchemeArguments {
    /// The scheme that is named, if one is.
    pub(crate) fn given(&self) -> Result<Option<SchemeName>> {
        let Some(name) = &self.scheme else {
            return Ok(None);
        };
        let settings = json!({
            "scheme": name, "algorithm": self.algorithm, "header": self.signature_header, "encoding": self.encoding,
            "prefix": self.prefix, "secretEncoding": self.secret_encoding,
        });
        of_settings(&settings).map(Some)
    }

    fn required(&self) -> Result<SchemeName> {
        self.given()?.ok_or_else(|| {
            Failure::usage("It is not said which scheme.")
                .hint(format!("Name it with --scheme: {}", names()))
        })
    }

    /// The secret, from the file, the variable or a person.
    pub(crate) fn secret(&self, context: &Context, scheme: &SchemeName) -> Result<SigningSecret> {
        let variable = std::env::var(SECRET_VARIABLE)
            .ok()
            .filter(|secret| !secret.is_empty());
        let text = match (&self.secret_file, variable) {
            // The last line break is the editor's.
            (Some(path), _) => text_file(path)?.trim_end_matches(['\r', '\n']).to_owned(),
            (None, Some(secret)) => secret,
            (None, None) => context.secret_input("Signing secret")?.reveal().to_owned(),
        };
        SigningSecret::parse(scheme, &text).map_err(|error| {
            Failure::new(
                Exit::Credentials,
                format!("The secret of {} {error}.", scheme.as_str()),
            )
        })
    }
}

fn names() -> String {
    let names = SchemeKind::all()
        .filter(|kind| *kind != SchemeKind::APP)
        .map(SchemeKind::as_str);
    names.collect::<Vec<_>>().join(", ")
}

/// The scheme of the settings of a trigger.
pub(crate) fn of_settings(settings: &Value) -> Result<SchemeName> {
    let name = text(settings, "scheme");
    if let Some(scheme) = SchemeName::published(name) {
        return Ok(scheme);
    }
    if SchemeKind::parse(name) != Some(SchemeKind::HMAC) {
        return Err(
            Failure::usage(format!("The scheme {name} cannot be signed with."))
                .hint(format!("There are {}.", names())),
        );
    }
    let setting = |field: &str, known: &str| {
        Failure::usage(format!("{field} {:?} is not known.", text(settings, field)))
            .hint(format!("It is {known}."))
    };
    let chosen = HmacSettings {
        algorithm: Algorithm::parse(text(settings, "algorithm"))
            .ok_or_else(|| setting("algorithm", "sha1, sha256 or sha512"))?,
        header: text(settings, "header"),
        encoding: Encoding::parse(text(settings, "encoding"))
            .ok_or_else(|| setting("encoding", "hex or base64"))?,
        prefix: text(settings, "prefix"),
        secret: SecretForm::parse(text(settings, "secretEncoding"))
            .ok_or_else(|| setting("secretEncoding", "any, text, base64 or hex"))?,
    };
    let scheme = GenericHmac::new(chosen)
        .map_err(|error| Failure::usage(format!("A setting of hmac {error}.")))?;
    Ok(SchemeName::Hmac(scheme))
}

/// The headers that sign a body: over the delivery id that the headers have, or a new one.
pub(crate) fn headers(
    scheme: &SchemeName,
    secret: &SigningSecret,
    given: &[(String, String)],
    body: &[u8],
) -> Result<Vec<(String, String)>> {
    let row = scheme.scheme();
    let can = row.signed.iter().all(|part| {
        matches!(
            part,
            Part::Literal(_) | Part::Id | Part::Timestamp | Part::Body
        )
    });
    if !can {
        return Err(Failure::usage(format!(
            "{} signs the URL, too, which this command cannot.",
            scheme.as_str()
        ))
        .hint("`sluice signature verify` checks its signatures."));
    }
    let mut known = ["webhook-id", "x-github-delivery"].iter();
    let known = known.find_map(|wanted| {
        given
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
    });
    let id = match known {
        Some((_, id)) => id.clone(),
        None => crate::client::random_id()?,
    };
    let at = Timestamp::from_millis(millis(time::now()));
    let signed = Signed { id: &id, at, body };
    Ok(sign(scheme, &[secret.key().to_vec()], &signed))
}

fn millis(at: ::time::OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or_default()
}

/// Runs a command on signatures.
pub(crate) fn run(context: &Context, command: SignatureCommand) -> Result<Exit> {
    match command {
        SignatureCommand::Sign {
            file: path,
            headers: given,
            scheme,
        } => {
            let name = scheme.required()?;
            let secret = scheme.secret(context, &name)?;
            let signed = headers(&name, &secret, &given, &file(&path)?)?;
            if context.out.is_table() {
                let lines = signed
                    .iter()
                    .map(|(name, value)| format!("{name}: {value}"));
                context.out.text(&lines.collect::<Vec<_>>().join("\n"))?;
            } else {
                let members = signed
                    .into_iter()
                    .map(|(name, value)| (name, Value::String(value)));
                context.out.value(&Value::Object(members.collect()))?;
            }
        }
        SignatureCommand::Verify {
            file: path,
            headers,
            signed_url,
            at,
            scheme,
        } => {
            let name = scheme.required()?;
            let secret = scheme.secret(context, &name)?;
            let now = at
                .as_deref()
                .and_then(time::parse)
                .unwrap_or_else(time::now);
            let now = Timestamp::from_millis(millis(now));
            let request = request(&signed_url, headers, file(&path)?, now);
            let signed = SignedRequest {
                request: &request,
                url: &signed_url,
            };
            verify(&name, &[secret.key()], signed, now)
                .map_err(|refusal| Failure::failed(format!("Not verified: {refusal}.")))?;
            context.out.say("Verified.");
        }
    }
    Ok(Exit::Success)
}

fn request(
    url: &str,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    now: Timestamp,
) -> WebhookRequest {
    let headers = headers
        .into_iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value));
    let query = reqwest::Url::parse(url).map(|url| url.query_pairs().into_owned().collect());
    WebhookRequest {
        method: "POST".to_owned(),
        query: query.unwrap_or_default(),
        headers: headers.collect(),
        body,
        source_ip: None,
        received_at: now,
        verified_by: None,
        parameters: Vec::new(),
    }
}
