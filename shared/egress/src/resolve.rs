//! Resolves a host to addresses that may be connected to.
//!
//! Only this module makes a [`Pinned`], after it has checked every address of a host, and connections are only opened to a
//! [`Pinned`]: there is no second lookup with another result (DNS rebinding). It knows no sockets and no HTTP.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::time::timeout;

use crate::failure::Failure;
use crate::lookups::Lookups;
use crate::policy::Policy;
use crate::target::{check_address, is_local_name};

/// Longest wait for one lookup. The operating system's own limit is half a minute.
const LOOKUP_MS: u64 = 3_000;

/// Resolves a name to addresses. The result is not trusted: every address is checked.
#[derive(Clone)]
pub struct Resolver {
    lookup: Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>,
}

impl Resolver {
    /// A resolver that calls `lookup`, with which tests change the result from one lookup to the next. An error of the kind
    /// `ResourceBusy` means that the name could not be looked up now; any other is an error of the name.
    pub fn new(
        lookup: impl Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync + 'static,
    ) -> Self {
        let lookup = Arc::new(lookup);
        Self { lookup }
    }

    /// The operating system's resolver.
    pub fn system() -> Self {
        let lookups = Arc::new(Lookups::new(|name| {
            let addresses = (name, 0).to_socket_addrs()?;
            Ok(addresses.map(|address| address.ip()).collect())
        }));
        Self::new(move |name| {
            let lookups = Arc::clone(&lookups);
            Box::pin(async move { lookups.find(name).await })
        })
    }
}

/// Addresses of one host and port, all of them checked against the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pinned {
    addresses: Vec<SocketAddr>,
}

impl Pinned {
    /// Where to connect, in the order in which to try.
    pub(crate) fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }
}

/// Resolves a host once and checks every address. One address that is not allowed refuses the host, because a name with
/// both public and private addresses is most likely an attack.
///
/// `host` is a name, or a literal address with or without brackets.
pub(crate) async fn pin(
    host: &str,
    port: u16,
    resolver: &Resolver,
    policy: &Policy,
) -> Result<Pinned, Failure> {
    let mut found = find(host, resolver).await?;
    for address in &found {
        check_address(host, *address, policy)?;
    }
    // Lambda has no IPv6 outside a dual-stack VPC, so the family that always works goes first.
    found.sort_by_key(IpAddr::is_ipv6);
    let addresses = found.into_iter().map(|ip| SocketAddr::new(ip, port));
    let addresses = addresses.collect();
    Ok(Pinned { addresses })
}

async fn find(host: &str, resolver: &Resolver) -> Result<Vec<IpAddr>, Failure> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(literal) = bare.parse::<IpAddr>() {
        return Ok(vec![literal]);
    }
    if is_local_name(host) {
        return Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
    }
    let lookup = (resolver.lookup)(host.to_owned());
    let reason = match timeout(Duration::from_millis(LOOKUP_MS), lookup).await {
        Ok(Ok(found)) if found.is_empty() => "the name has no address".to_owned(),
        Ok(Ok(found)) => return Ok(found),
        Ok(Err(error)) if error.kind() == io::ErrorKind::ResourceBusy => {
            let host = host.to_owned();
            return Err(Failure::NoRoom { host });
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("no answer within {LOOKUP_MS} ms"),
    };
    let host = host.to_owned();
    Err(Failure::Dns { host, reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn ipv4_addresses_are_tried_first() {
        let answer = ["2606:4700::1", "8.8.8.8", "2606:4700::2", "8.8.4.4"];
        let answer = answer.map(|address| address.parse().unwrap()).to_vec();
        let resolver = Resolver::new(move |_| {
            let answer = answer.clone();
            Box::pin(async { Ok(answer) })
        });
        let pinned = pin("dual.example", 443, &resolver, &Policy::default()).await;
        let order: Vec<_> = pinned
            .unwrap()
            .addresses()
            .iter()
            .map(ToString::to_string)
            .collect();
        let expected = [
            "8.8.8.8:443",
            "8.8.4.4:443",
            "[2606:4700::1]:443",
            "[2606:4700::2]:443",
        ];
        assert_eq!(order, expected);
    }
}
