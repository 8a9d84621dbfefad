//! The origins whose pages may call a trigger (CORS, in the Fetch standard). It does not know the headers that say so.

/// The largest origin, in characters: scheme, a host name of 253 characters and a port.
pub const MAX_ORIGIN_CHARS: usize = 267;

/// Stands for every origin.
const ANY: &str = "*";

/// Origins as browsers send them, such as `https://app.example.com`; or `*` for every one. Nobody, by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CorsOrigins(Vec<String>);

/// An entry is no origin.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not an origin such as https://app.example.com, nor *")]
pub struct InvalidOrigin(pub String);

impl CorsOrigins {
    /// Reads origins, each once. Scheme and host are compared in lower case, and a default port counts as none.
    pub fn parse<S: AsRef<str>>(entries: &[S]) -> Result<Self, InvalidOrigin> {
        let mut origins = Vec::new();
        for entry in entries {
            let entry = entry.as_ref();
            let origin = normalized(entry).ok_or_else(|| InvalidOrigin(entry.to_owned()))?;
            if !origins.contains(&origin) {
                origins.push(origin);
            }
        }
        Ok(Self(origins))
    }

    /// The origins as text.
    pub fn entries(&self) -> &[String] {
        &self.0
    }

    /// Whether no page may call the trigger.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What a page of that origin is told: its own origin, or `*` where every origin is allowed; `None` where it is not
    /// allowed.
    pub fn allowed(&self, origin: &str) -> Option<&str> {
        let mut entries = self.0.iter().map(String::as_str);
        entries.find(|entry| *entry == ANY || *entry == origin)
    }
}

fn normalized(text: &str) -> Option<String> {
    if text == ANY {
        return Some(text.to_owned());
    }
    if text.len() > MAX_ORIGIN_CHARS {
        return None;
    }
    let text = text.to_ascii_lowercase();
    let (scheme, authority) = text.split_once("://")?;
    let default_port = match scheme {
        "http" => "80",
        "https" => "443",
        _ => return None,
    };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    if !is_host(host) || !port.is_none_or(is_port) {
        return None;
    }
    Some(match port.filter(|port| *port != default_port) {
        Some(port) => format!("{scheme}://{host}:{port}"),
        None => format!("{scheme}://{host}"),
    })
}

fn is_host(host: &str) -> bool {
    let v6 = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    if let Some(v6) = v6 {
        return v6.parse::<std::net::Ipv6Addr>().is_ok();
    }
    let is_name_byte =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    !host.is_empty() && host.bytes().all(is_name_byte)
}

fn is_port(port: &str) -> bool {
    let is_written_plainly =
        !port.starts_with('0') && port.bytes().all(|byte| byte.is_ascii_digit());
    is_written_plainly && port.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_kept_as_browsers_send_it() {
        let origins = CorsOrigins::parse(&[
            "https://App.Example.com",
            "HTTPS://app.example.com:443",
            "http://localhost:5173",
            "http://[::1]:8080",
        ]);
        let expected = [
            "https://app.example.com",
            "http://localhost:5173",
            "http://[::1]:8080",
        ];
        assert_eq!(origins.unwrap().entries(), expected);
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        let longest = format!("https://{}:65535", "a".repeat(253));
        assert!(CorsOrigins::parse(&[longest.as_str()]).is_ok());
        let longer = format!("https://{}:65535", "a".repeat(254));
        for text in [
            "",
            "null",
            "app.example.com",
            "ftp://app.example.com",
            "https://",
            "https://app.example.com/",
            "https://app.example.com/path",
            "https://user@app.example.com",
            "https://app.example.com:",
            "https://app.example.com:0",
            "https://app.example.com:65536",
            "https://*.example.com",
            "https://a b",
            longer.as_str(),
        ] {
            assert!(CorsOrigins::parse(&[text]).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_page_is_told_its_own_origin_or_a_star() {
        let some = CorsOrigins::parse(&["https://a.example", "https://b.example"]).unwrap();
        assert_eq!(some.allowed("https://b.example"), Some("https://b.example"));
        for origin in ["https://c.example", "http://b.example", "null", ""] {
            assert_eq!(some.allowed(origin), None, "{origin:?}");
        }
        let every = CorsOrigins::parse(&["*"]).unwrap();
        assert_eq!(every.allowed("https://c.example"), Some("*"));
        assert_eq!(CorsOrigins::default().allowed("https://a.example"), None);
    }
}
