//! The networks that may call a trigger.

use std::net::{IpAddr, Ipv6Addr};

use ipnet::IpNet;

/// CIDR networks, v4 and v6. An empty list allows every address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IpAllowList(Vec<IpNet>);

/// An entry is no CIDR network and no address.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not an IP address or a network such as 203.0.113.0/24")]
pub struct InvalidNetwork(pub String);

impl IpAllowList {
    /// Reads networks; a bare address is a network of one. Host bits are cleared: `10.1.2.3/8` is `10.0.0.0/8`.
    pub fn parse<S: AsRef<str>>(entries: &[S]) -> Result<Self, InvalidNetwork> {
        entries
            .iter()
            .map(|entry| parse_network(entry.as_ref()))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The networks as text.
    pub fn entries(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }

    /// Whether the address is allowed. A caller whose address is unknown is allowed only by an empty list. A v4 address
    /// that came in as v6 (`::ffff:a.b.c.d`) counts as v4.
    pub fn admits(&self, caller: Option<IpAddr>) -> bool {
        self.0.is_empty()
            || caller.is_some_and(|address| {
                let address = address.to_canonical();
                self.0.iter().any(|network| network.contains(&address))
            })
    }
}

fn parse_network(text: &str) -> Result<IpNet, InvalidNetwork> {
    let invalid = || InvalidNetwork(text.to_owned());
    let network = match text.parse::<IpAddr>() {
        Ok(address) => IpNet::from(address.to_canonical()),
        Err(_) => text.parse::<IpNet>().map_err(|_| invalid())?,
    };
    match network.trunc() {
        IpNet::V6(v6) if v6.prefix_len() >= 96 && is_mapped(v6.addr()) => Err(invalid()),
        network => Ok(network),
    }
}

/// Within `::ffff:0:0/96`: such a network would never match, because the addresses of callers are made canonical.
fn is_mapped(address: Ipv6Addr) -> bool {
    address.to_ipv4_mapped().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[&str]) -> IpAllowList {
        IpAllowList::parse(entries).unwrap()
    }

    fn admits(list: &IpAllowList, address: &str) -> bool {
        list.admits(Some(address.parse().unwrap()))
    }

    #[test]
    fn v4_and_v6_networks_admit_their_addresses_only() {
        let list = list(&["203.0.113.0/24", "2001:db8::/32", "198.51.100.7"]);
        for inside in [
            "203.0.113.255",
            "2001:db8:1::1",
            "198.51.100.7",
            "::ffff:203.0.113.9",
        ] {
            assert!(admits(&list, inside), "{inside}");
        }
        for outside in [
            "203.0.114.0",
            "2001:db9::1",
            "198.51.100.8",
            "::ffff:203.0.114.9",
        ] {
            assert!(!admits(&list, outside), "{outside}");
        }
    }

    #[test]
    fn an_unknown_caller_passes_only_without_a_list() {
        assert!(IpAllowList::default().admits(None));
        assert!(!list(&["0.0.0.0/0"]).admits(None));
    }

    #[test]
    fn an_entry_that_is_no_network_is_refused() {
        for text in [
            "",
            "203.0.113.0/33",
            "example.com",
            "203.0.113",
            "::ffff:0:0/96",
        ] {
            assert!(IpAllowList::parse(&[text]).is_err(), "{text}");
        }
    }
}
