//! The signed message, and its HMAC.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use sha2::{Sha256, Sha512};

use super::algorithm::Algorithm;
use super::scheme::{Part, Scheme};

/// What the parts of a signed message are taken from.
#[derive(Debug)]
pub(super) struct Message<'a> {
    pub(super) id: &'a str,
    pub(super) timestamp: &'a str,
    pub(super) method: &'a str,
    pub(super) url: &'a str,
    pub(super) headers: &'a [(String, String)],
    pub(super) body: &'a [u8],
    /// Name and value of each form field, sorted and one after the other.
    pub(super) form_fields: &'a str,
}

impl Message<'_> {
    /// The bytes that are signed.
    pub(super) fn content(&self, scheme: &Scheme<'_>) -> Vec<u8> {
        let parts = scheme.signed.iter().map(|part| self.part(*part));
        parts.collect::<Vec<_>>().concat()
    }

    /// The raw signature.
    pub(super) fn mac(&self, scheme: &Scheme<'_>, key: &[u8]) -> Vec<u8> {
        macro_rules! hmac {
            ($hash:ty) => {{
                let mut mac =
                    Hmac::<$hash>::new_from_slice(key).expect("a key may have any length");
                for part in scheme.signed {
                    mac.update(self.part(*part));
                }
                mac.finalize().into_bytes().to_vec()
            }};
        }
        match scheme.algorithm {
            Algorithm::Sha1 => hmac!(Sha1),
            Algorithm::Sha256 => hmac!(Sha256),
            Algorithm::Sha512 => hmac!(Sha512),
        }
    }

    fn part(&self, part: Part) -> &[u8] {
        match part {
            Part::Literal(text) => text.as_bytes(),
            Part::Method => self.method.as_bytes(),
            Part::Url => self.url.as_bytes(),
            Part::Header(name) => {
                let mut headers = self.headers.iter();
                let found = headers.find(|(header, _)| header == name);
                found.map_or(b"", |(_, value)| value.as_bytes())
            }
            Part::Id => self.id.as_bytes(),
            Part::Timestamp => self.timestamp.as_bytes(),
            Part::Body => self.body,
            Part::SortedFormFields => self.form_fields.as_bytes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::{Encoding, Location, SecretForm};

    #[test]
    fn every_part_is_taken_from_its_place_in_the_request() {
        let headers = [("x-nonce".to_owned(), "n".to_owned())];
        let message = Message {
            id: "i",
            timestamp: "1",
            method: "POST",
            url: "https://a.example/?b",
            headers: &headers,
            body: b"{}",
            form_fields: "k1v1",
        };
        let parts = [
            (Part::Literal("v0:"), "v0:"),
            (Part::Method, "POST"),
            (Part::Url, "https://a.example/?b"),
            (Part::Header("x-nonce"), "n"),
            (Part::Header("x-absent"), ""),
            (Part::Id, "i"),
            (Part::Timestamp, "1"),
            (Part::Body, "{}"),
            (Part::SortedFormFields, "k1v1"),
        ];
        for (part, expected) in parts {
            assert_eq!(message.part(part), expected.as_bytes(), "{part:?}");
        }
    }

    /// RFC 4231, test case 2, cut into two parts.
    #[test]
    fn the_parts_are_hashed_one_after_the_other() {
        let scheme = Scheme {
            algorithm: Algorithm::Sha256,
            encoding: Encoding::Hex,
            signature: Location::Header("x-signature"),
            separator: None,
            prefix: "",
            signed: &[Part::Literal("what do ya want "), Part::Body],
            id: None,
            timestamp: None,
            body_digest: None,
            secret: SecretForm::Text,
        };
        let message = Message {
            id: "",
            timestamp: "",
            method: "",
            url: "",
            headers: &[],
            body: b"for nothing?",
            form_fields: "",
        };
        let mac = message.mac(&scheme, b"Jefe");
        assert_eq!(mac.get(..4), Some(&[0x5b, 0xdc, 0xc1, 0x46][..]));
    }
}
