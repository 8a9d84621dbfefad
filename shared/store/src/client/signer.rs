//! Signature Version 4 (AWS General Reference, "Create a signed AWS API request") with a cached signing key. The SDK derives
//! the key anew for every call, which is a good part of what an accepted webhook costs. Only a POST of bytes to `/` is
//! signed here. Every other request, and every retry, is left to the SDK's own signer, which also corrects wrong clocks.

use std::sync::{Arc, Mutex, PoisonError};

use aws_credential_types::Credentials;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4Signer};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::{
    AuthScheme, AuthSchemeEndpointConfig, AuthSchemeId, Sign,
};
use aws_smithy_runtime_api::client::identity::{Identity, SharedIdentityResolver};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::{GetIdentityResolver, RuntimeComponents};
use aws_smithy_runtime_api::http::Headers;
use aws_smithy_types::config_bag::ConfigBag;
use aws_types::SigningName;
use aws_types::region::SigningRegion;
use ring::{digest, hmac};
use time::OffsetDateTime;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const TOKEN: &str = "x-amz-security-token";
/// Headers that a proxy may change, and the one that carries the signature itself: the SDK does not sign them either.
const UNSIGNED: [&str; 4] = [
    "authorization",
    "transfer-encoding",
    "user-agent",
    "x-amzn-trace-id",
];

/// The SDK's authentication scheme, with a signer that caches its key.
#[derive(Debug, Default)]
pub(crate) struct CachingSigV4 {
    signer: Signer,
}

impl AuthScheme for CachingSigV4 {
    fn scheme_id(&self) -> AuthSchemeId {
        SCHEME_ID
    }

    fn identity_resolver(
        &self,
        identity_resolvers: &dyn GetIdentityResolver,
    ) -> Option<SharedIdentityResolver> {
        identity_resolvers.identity_resolver(SCHEME_ID)
    }

    fn signer(&self) -> &dyn Sign {
        &self.signer
    }
}

#[derive(Debug, Default)]
struct Signer {
    sdk: SigV4Signer,
    key: Mutex<Option<Arc<Key>>>,
}

/// The signing key of a day, a region, a service and its credentials.
#[derive(Debug)]
struct Key {
    credentials: Credentials,
    /// `20261125/eu-central-1/dynamodb/aws4_request`
    scope: String,
    key: hmac::Key,
}

impl Sign for Signer {
    fn sign_http_request(
        &self,
        request: &mut HttpRequest,
        identity: &Identity,
        endpoint: AuthSchemeEndpointConfig<'_>,
        components: &RuntimeComponents,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        let signed = is_first_attempt(config)
            && !names_another_scope(&endpoint)
            && self
                .sign_plainly(request, identity, components, config)
                .is_some();
        if signed {
            return Ok(());
        }
        self.sdk
            .sign_http_request(request, identity, endpoint, components, config)
    }
}

fn is_first_attempt(config: &ConfigBag) -> bool {
    let attempts = config.load::<RequestAttempts>();
    attempts.is_none_or(|attempts| attempts.attempts() <= 1)
}

/// Some endpoints are signed for another region or service than their own.
fn names_another_scope(endpoint: &AuthSchemeEndpointConfig<'_>) -> bool {
    let names = ["signingName", "signingRegion", "signingRegionSet"];
    names.iter().any(|name| endpoint.get(name).is_some())
}

impl Signer {
    /// `None`, and an unchanged request, where it is not a plain one.
    fn sign_plainly(
        &self,
        request: &mut HttpRequest,
        identity: &Identity,
        components: &RuntimeComponents,
        config: &ConfigBag,
    ) -> Option<()> {
        let credentials = identity.data::<Credentials>()?;
        let (region, service) = (
            config.load::<SigningRegion>()?,
            config.load::<SigningName>()?,
        );
        let host = plain_host(request)?.to_owned();
        let body_hash = digest::digest(&digest::SHA256, request.body().bytes()?);

        let (day, at) = date_and_time(components.time_source()?.now().into());
        let mut added = vec![("host", host.as_str()), ("x-amz-date", at.as_str())];
        added.extend(credentials.session_token().map(|token| (TOKEN, token)));
        let (canonical, names) = canonical(request.headers(), &added, body_hash.as_ref())?;

        let (region, service) = (region.as_ref(), service.as_ref());
        let scope = format!("{day}/{region}/{service}/aws4_request");
        let key = self.key(credentials, scope);
        let hash = digest::digest(&digest::SHA256, canonical.as_bytes());
        let text = format!("{ALGORITHM}\n{at}\n{}\n{}", key.scope, hex(hash.as_ref()));
        let signature = hex(hmac::sign(&key.key, text.as_bytes()).as_ref());
        let user = credentials.access_key_id();
        let scope = &key.scope;
        let authorization = format!(
            "{ALGORITHM} Credential={user}/{scope}, SignedHeaders={names}, Signature={signature}"
        );
        let headers = request.headers_mut();
        headers.insert("authorization", authorization);
        if let Some(token) = credentials.session_token() {
            headers.insert(TOKEN, token.to_owned());
        }
        headers.insert("x-amz-date", at);
        Some(())
    }

    fn key(&self, credentials: &Credentials, scope: String) -> Arc<Key> {
        let mut kept = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = kept.as_ref()
            && key.scope == scope
            && key.credentials == *credentials
        {
            return Arc::clone(key);
        }
        let secret = format!("AWS4{}", credentials.secret_access_key());
        let mut key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        for part in scope.split('/') {
            let next = hmac::sign(&key, part.as_bytes());
            key = hmac::Key::new(hmac::HMAC_SHA256, next.as_ref());
        }
        let credentials = credentials.clone();
        let key = Arc::new(Key {
            credentials,
            scope,
            key,
        });
        *kept = Some(Arc::clone(&key));
        key
    }
}

/// The host of a plain request: one of which nothing has to be normalised before it is signed.
fn plain_host(request: &HttpRequest) -> Option<&str> {
    let uri = request.uri();
    let (scheme, rest) = uri.split_once("://")?;
    let host = rest.strip_suffix('/').unwrap_or(rest);
    let default_port = match scheme {
        "https" => ":443",
        "http" => ":80",
        _ => return None,
    };
    let is_plain_host = !host.contains(['/', '?', '#', '@']) && !host.ends_with(default_port);
    let are_trimmed = request.headers().iter().all(|(_, value)| is_trimmed(value));
    (request.method() == "POST" && is_plain_host && are_trimmed).then_some(host)
}

fn is_trimmed(value: &str) -> bool {
    !value.starts_with(' ') && !value.ends_with(' ') && !value.contains("  ")
}

/// The canonical request, and the names of its headers; `None` if one of them occurs twice.
fn canonical(
    headers: &Headers,
    added: &[(&str, &str)],
    body_hash: &[u8],
) -> Option<(String, String)> {
    let mut signed: Vec<_> = headers
        .iter()
        .filter(|(name, _)| !UNSIGNED.contains(name))
        .chain(added.iter().copied())
        .collect();
    signed.sort_unstable();
    if signed.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return None;
    }
    let mut canonical = String::with_capacity(2048);
    canonical.push_str("POST\n/\n\n");
    for (name, value) in &signed {
        for part in [name, ":", value, "\n"] {
            canonical.push_str(part);
        }
    }
    let names: Vec<_> = signed.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    for part in ["\n", &names, "\n", &hex(body_hash)] {
        canonical.push_str(part);
    }
    Some((canonical, names))
}

/// A date and a time as signatures have them: `20261125` and `20261125T233749Z`.
fn date_and_time(at: OffsetDateTime) -> (String, String) {
    let (date, (hour, minute, second)) = (at.date(), at.time().as_hms());
    let month = u8::from(date.month());
    let day = format!("{:04}{month:02}{:02}", date.year(), date.day());
    let moment = format!("{day}T{hour:02}{minute:02}{second:02}Z");
    (day, moment)
}

fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value)]);
    let mut digits = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        digits.push(digit(byte >> 4));
        digits.push(digit(byte & 15));
    }
    digits
}

#[cfg(test)]
mod tests;
