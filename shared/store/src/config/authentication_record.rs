//! The stored form of a trigger's authentication: one attribute, which is there or not. Its secrets are what the vault
//! sealed.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::signature::{
    Algorithm, Authentication, Encoding, GenericHmac, HmacSettings, SchemeName, SecretForm,
};
use domain::{Sealed, SealedSecrets};

use crate::StoreError;
use crate::dynamodb::attributes::{Item, Row, bytes, moment, text};

/// Where a trigger keeps it.
pub(crate) const AUTHENTICATION: &str = "authentication";

pub(crate) fn to_attribute(authentication: &Authentication) -> AttributeValue {
    let secrets = &authentication.secrets;
    let mut map = Item::from([
        ("scheme".to_owned(), text(authentication.scheme.as_str())),
        ("sealed".to_owned(), bytes(secrets.current.as_bytes())),
    ]);
    if let Some((old, until)) = &secrets.previous {
        map.insert("sealed_old".to_owned(), bytes(old.as_bytes()));
        map.insert("sealed_old_until".to_owned(), moment(*until));
    }
    if let SchemeName::Hmac(chosen) = &authentication.scheme {
        let chosen = chosen.settings();
        map.extend([
            ("algorithm".to_owned(), text(chosen.algorithm.as_str())),
            ("header".to_owned(), text(chosen.header)),
            ("encoding".to_owned(), text(chosen.encoding.as_str())),
            ("prefix".to_owned(), text(chosen.prefix)),
            ("secret_encoding".to_owned(), text(chosen.secret.as_str())),
        ]);
    }
    AttributeValue::M(map)
}

/// An attribute that cannot be read is an error: taken for absent, it would let anybody in.
pub(crate) fn from_row(row: Row<'_>) -> Result<Option<Authentication>, StoreError> {
    let Some(attribute) = row.0.get(AUTHENTICATION) else {
        return Ok(None);
    };
    let bad = |reason: &str| row.bad(AUTHENTICATION, reason);
    let map = attribute.as_m().map_err(|_| bad("is not a map"))?;
    let map = Row(map);
    let sealed = |name| {
        map.bytes(name)
            .map(|bytes| Sealed::from_stored(bytes.to_vec()))
    };
    let previous = match (
        sealed("sealed_old"),
        map.optional_moment("sealed_old_until")?,
    ) {
        (Some(old), Some(until)) => Some((old, until)),
        _ => None,
    };
    let scheme = match map.optional_text("scheme") {
        Some("hmac") => hmac(map).map(SchemeName::Hmac),
        Some(name) => SchemeName::published(name),
        None => None,
    };
    let scheme = scheme.ok_or_else(|| bad("its scheme is unknown, or has no valid settings"))?;
    Ok(Some(Authentication {
        scheme,
        secrets: SealedSecrets {
            current: sealed("sealed").ok_or_else(|| bad("its secret is missing"))?,
            previous,
        },
    }))
}

fn hmac(map: Row<'_>) -> Option<GenericHmac> {
    let algorithm = Algorithm::parse(map.optional_text("algorithm")?)?;
    let encoding = Encoding::parse(map.optional_text("encoding")?)?;
    let secret = SecretForm::parse(map.optional_text("secret_encoding")?)?;
    let settings = HmacSettings {
        algorithm,
        header: map.optional_text("header")?,
        encoding,
        prefix: map.optional_text("prefix")?,
        secret,
    };
    GenericHmac::new(settings).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Timestamp;

    fn read(attribute: AttributeValue) -> Result<Option<Authentication>, StoreError> {
        let item = Item::from([(AUTHENTICATION.to_owned(), attribute)]);
        from_row(Row(&item))
    }

    #[test]
    fn every_authentication_reads_back_as_it_was_written() {
        let hmac = GenericHmac::new(HmacSettings {
            algorithm: Algorithm::Sha512,
            header: "X-Sig",
            encoding: Encoding::Base64,
            prefix: "v0=",
            secret: SecretForm::Hex,
        })
        .unwrap();
        let secrets = SealedSecrets::new(Sealed::from_stored(vec![1]));
        let rotated = secrets.rotate(
            Sealed::from_stored(vec![2]),
            60,
            Timestamp::from_millis(1_000),
        );
        for scheme in [
            SchemeName::STANDARD_WEBHOOKS,
            SchemeName::GITHUB,
            SchemeName::published("twilio").unwrap(),
            SchemeName::Hmac(hmac),
        ] {
            for secrets in [&secrets, &rotated] {
                let written = Authentication {
                    scheme: scheme.clone(),
                    secrets: secrets.clone(),
                };
                let found = read(to_attribute(&written)).unwrap();
                assert_eq!(found, Some(written));
            }
        }
    }

    #[test]
    fn a_damaged_authentication_is_an_error_and_never_none() {
        let whole = Authentication {
            scheme: SchemeName::GITHUB,
            secrets: SealedSecrets::new(Sealed::from_stored(vec![1])),
        };
        let AttributeValue::M(whole) = to_attribute(&whole) else {
            unreachable!("it is a map");
        };
        for name in ["scheme", "sealed"] {
            let mut damaged = whole.clone();
            damaged.remove(name);
            assert!(read(AttributeValue::M(damaged)).is_err(), "{name}");
        }
        let mut unknown = whole.clone();
        unknown.insert("scheme".to_owned(), text("rot13"));
        assert!(read(AttributeValue::M(unknown)).is_err());
        let mut halved = whole;
        halved.insert("scheme".to_owned(), text("hmac"));
        assert!(read(AttributeValue::M(halved)).is_err());
        assert!(read(text("github")).is_err());
    }
}
