//! Parses a URL once, and checks everything that its text shows.
//!
//! The WHATWG parser (<https://url.spec.whatwg.org/#host-parsing>) turns every notation of an address (decimal, octal,
//! hexadecimal, shortened, percent-encoded, full-width) into the address itself, and connections use the result of that
//! parse: there is no second parse that could differ. It knows no resolver: a name that is not local by its text passes,
//! and its addresses are checked when they are resolved.

use http::Uri;
use url::{Host, Url};

use crate::address::{Reach, reach};
use crate::failure::Refused;
use crate::policy::{Access, Policy};

/// Longest URL that is called, in bytes. RFC 9110 section 4.1 asks for at least 8,000.
pub const URL_BYTES: usize = 8_192;

/// Parses a URL, and refuses it if its text alone shows that it may not be called.
pub(crate) fn parse(text: &str, policy: &Policy) -> Result<Url, Refused> {
    if text.len() > URL_BYTES {
        let limit_bytes = URL_BYTES;
        return Err(Refused::TooLong { limit_bytes });
    }
    // The parser would drop tabs and line breaks silently, and show another URL than the one that was written.
    if text.chars().any(char::is_control) {
        let reason = "it contains a control character";
        return Err(Refused::Malformed(reason.to_owned()));
    }
    let mut url = Url::parse(text).map_err(|error| Refused::Malformed(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Refused::Scheme(url.scheme().to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Refused::Credentials);
    }
    if url.port() == Some(0) {
        return Err(Refused::Port);
    }
    url.set_fragment(None);
    drop_root_dot(&mut url)?;
    judge(&url, policy)?;
    Ok(url)
}

/// `example.com.` is the absolute form of `example.com`; here one name must have one spelling.
fn drop_root_dot(url: &mut Url) -> Result<(), Refused> {
    let Some(Host::Domain(name)) = url.host() else {
        return Ok(());
    };
    let Some(bare) = name.strip_suffix('.').map(str::to_owned) else {
        return Ok(());
    };
    url.set_host(Some(&bare))
        .map_err(|error| Refused::Malformed(error.to_string()))
}

fn judge(url: &Url, policy: &Policy) -> Result<(), Refused> {
    let (host, stays_here) = match url.host() {
        Some(Host::Domain(name)) => (name.to_owned(), is_local_name(name)),
        Some(Host::Ipv4(v4)) => (v4.to_string(), permit(url, v4.into(), policy)?),
        Some(Host::Ipv6(v6)) => (v6.to_string(), permit(url, v6.into(), policy)?),
        None => return Err(Refused::Malformed("it has no host".to_owned())),
    };
    match (stays_here, policy.loopback, policy.plain_http) {
        (true, Access::Open, _) | (false, _, Access::Open) => Ok(()),
        (true, Access::Closed, _) => Err(Refused::LocalName { host }),
        (false, _, Access::Closed) if url.scheme() == "https" => Ok(()),
        (false, _, Access::Closed) => Err(Refused::PlainHttp),
    }
}

fn permit(url: &Url, address: std::net::IpAddr, policy: &Policy) -> Result<bool, Refused> {
    let host = url.host_str().unwrap_or_default();
    check_address(host, address, policy)?;
    Ok(reach(address) == Reach::Loopback)
}

/// Refuses an address that is not public, except loopback where the policy allows it.
pub(crate) fn check_address(
    host: &str,
    address: std::net::IpAddr,
    policy: &Policy,
) -> Result<(), Refused> {
    let kind = match (reach(address), policy.loopback) {
        (Reach::Public, _) | (Reach::Loopback, Access::Open) => return Ok(()),
        (Reach::Loopback, Access::Closed) => "loopback",
        (Reach::Special(kind), _) => kind,
    };
    let host = host.to_owned();
    Err(Refused::Address { host, kind })
}

/// RFC 6761 section 6.3: `localhost` and every name under it mean this machine.
pub(crate) fn is_local_name(name: &str) -> bool {
    let last = name.trim_end_matches('.').rsplit('.').next();
    let last = last.unwrap_or_default();
    last.eq_ignore_ascii_case("localhost")
}

/// The same URL in the HTTP library's type, built from the parsed parts and not from a text that is parsed anew.
pub(crate) fn to_uri(url: &Url) -> Result<Uri, Refused> {
    let host = url.host_str().unwrap_or_default();
    let authority = match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    let path_and_query = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    Uri::builder()
        .scheme(url.scheme())
        .authority(authority)
        .path_and_query(path_and_query)
        .build()
        .map_err(|error| Refused::Malformed(error.to_string()))
}
