//! HTTP digest authentication (RFC 7616): the `authorization` header that answers the challenge of a server.

use md5::Md5;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use url::Url;

/// The request, and the credentials of the user.
pub(super) struct DigestRequest<'p> {
    pub(super) method: &'p str,
    pub(super) url: &'p str,
    pub(super) username: &'p str,
    pub(super) password: &'p str,
}

/// The value of the `authorization` header; `None` if the challenge is not a digest, or has an unknown algorithm or a
/// quality of protection other than `auth`.
pub(super) fn authorization(
    challenge: &str,
    request: &DigestRequest<'_>,
    cnonce: &str,
) -> Option<String> {
    let given = parameters(challenge)?;
    let (realm, nonce) = (given.get("realm")?, given.get("nonce")?);
    let algorithm = given.get("algorithm").map_or("MD5", String::as_str);
    let hash = hash_of(algorithm)?;
    let uri = request_target(request.url)?;
    let user_hash = hash(&format!(
        "{}:{realm}:{}",
        request.username, request.password
    ));
    let request_hash = hash(&format!("{}:{uri}", request.method));
    let mut header = format!(
        "Digest username=\"{}\", realm=\"{}\", nonce=\"{}\", uri=\"{uri}\", algorithm={algorithm}",
        quoted(request.username),
        quoted(realm),
        quoted(nonce),
    );
    let response = match given.get("qop") {
        Some(offered) if offered.split(',').any(|offer| offer.trim() == "auth") => {
            write!(header, ", qop=auth, nc=00000001, cnonce=\"{cnonce}\"").ok()?;
            hash(&format!(
                "{user_hash}:{nonce}:00000001:{cnonce}:auth:{request_hash}"
            ))
        }
        Some(_) => return None,
        None => hash(&format!("{user_hash}:{nonce}:{request_hash}")),
    };
    write!(header, ", response=\"{response}\"").ok()?;
    if let Some(opaque) = given.get("opaque") {
        write!(header, ", opaque=\"{}\"", quoted(opaque)).ok()?;
    }
    Some(header)
}

fn hash_of(algorithm: &str) -> Option<fn(&str) -> String> {
    match algorithm.to_ascii_uppercase().as_str() {
        "MD5" => Some(hex::<Md5>),
        "SHA-256" => Some(hex::<Sha256>),
        _ => None,
    }
}

/// The path and query of a URL.
fn request_target(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    Some(match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    })
}

fn hex<D: Digest>(text: &str) -> String {
    let mut hex = String::new();
    for byte in D::digest(text.as_bytes()) {
        hex.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
        hex.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
    }
    hex
}

fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// The parameters of a digest challenge (RFC 9110, section 11.2), their names in lower case.
fn parameters(challenge: &str) -> Option<BTreeMap<String, String>> {
    let (scheme, mut rest) = challenge.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("digest") {
        return None;
    }
    let mut parameters = BTreeMap::new();
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim_matches([' ', ',']).to_ascii_lowercase();
        let (value, behind) = match after.strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None => {
                let (value, behind) = after.split_once(',').unwrap_or((after, ""));
                (value.trim().to_owned(), behind)
            }
        };
        parameters.insert(name, value);
        rest = behind;
    }
    Some(parameters)
}

/// The text up to the closing quote, and the text after it.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, text.get(at + 1..)?)),
            '\\' => value.push(characters.next()?.1),
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{DigestRequest, authorization};

    const ONCE: &str = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";

    fn answer(algorithm: &str, qop: &str) -> Option<String> {
        let challenge = format!(
            "Digest realm=\"http-auth@example.org\", {qop}algorithm={algorithm}, \
             nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", \
             opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
        );
        let request = DigestRequest {
            method: "GET",
            url: "http://www.example.org/dir/index.html",
            username: "Mufasa",
            password: "Circle of Life",
        };
        authorization(&challenge, &request, ONCE)
    }

    #[test]
    fn the_examples_of_the_rfc_are_reproduced() {
        let qop = "qop=\"auth, auth-int\", ";
        let md5 = answer("MD5", qop).expect("an answer");
        assert!(
            md5.contains("response=\"8ca523f5e9506fed4657c9700eebdbec\""),
            "{md5}"
        );
        let sha256 = answer("SHA-256", qop).expect("an answer");
        let expected = "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1";
        assert!(sha256.contains(expected), "{sha256}");
        assert!(sha256.contains("opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""));
    }

    #[test]
    fn an_unsupported_challenge_gets_no_header() {
        assert!(answer("SHA-512-256", "").is_none());
        assert!(answer("MD5", "qop=\"auth-int\", ").is_none());
        let request = DigestRequest {
            method: "GET",
            url: "http://x/",
            username: "u",
            password: "p",
        };
        for challenge in [
            "",
            "Basic realm=\"x\"",
            "Digest",
            "Digest realm=\"open",
            "Digest a=b",
        ] {
            assert!(authorization(challenge, &request, ONCE).is_none());
        }
    }
}
