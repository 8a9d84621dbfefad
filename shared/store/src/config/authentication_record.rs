//! The stored form of a trigger's authentication: one attribute, which is there or not. Its secrets are what the vault
//! sealed.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::signature::{
    Algorithm, Encoding, GenericHmac, HmacSettings, SchemeKind, SchemeName, SecretForm,
};
use domain::{
    AppAuthorization, Authentication, Sealed, SealedSecrets, SecretHash, SignatureAuthentication,
    StoredAppKeys,
};

use crate::StoreError;
use crate::dynamodb::attributes::{Item, Row, bytes, moment, text};

/// Where a trigger keeps it.
pub(crate) const AUTHENTICATION: &str = "authentication";

pub(crate) fn to_attribute(authentication: &Authentication) -> AttributeValue {
    let mut map = match authentication {
        Authentication::Signature(signature) => signature_item(signature),
        Authentication::App(app) => app_item(app),
    };
    let kind = text(authentication.kind().as_str());
    map.insert("scheme".to_owned(), kind);
    AttributeValue::M(map)
}

fn signature_item(signature: &SignatureAuthentication) -> Item {
    let secrets = &signature.secrets;
    let mut map = Item::from([("sealed".to_owned(), bytes(secrets.current.as_bytes()))]);
    if let Some((old, until)) = &secrets.previous {
        map.insert("sealed_old".to_owned(), bytes(old.as_bytes()));
        map.insert("sealed_old_until".to_owned(), moment(*until));
    }
    if let SchemeName::Hmac(chosen) = &signature.scheme {
        let chosen = chosen.settings();
        map.extend([
            ("algorithm".to_owned(), text(chosen.algorithm.as_str())),
            ("header".to_owned(), text(chosen.header)),
            ("encoding".to_owned(), text(chosen.encoding.as_str())),
            ("prefix".to_owned(), text(chosen.prefix)),
            ("secret_encoding".to_owned(), text(chosen.secret.as_str())),
        ]);
    }
    map
}

fn app_item(app: &AppAuthorization) -> Item {
    let current = &app.current;
    let mut map = Item::from([
        ("fixed".to_owned(), text(current.fixed)),
        ("sealed".to_owned(), bytes(current.sealed.as_bytes())),
    ]);
    if let Some((old, until)) = &app.previous {
        map.insert("fixed_old".to_owned(), text(old.fixed));
        map.insert("sealed_old".to_owned(), bytes(old.sealed.as_bytes()));
        map.insert("sealed_old_until".to_owned(), moment(*until));
    }
    map
}

/// An attribute that cannot be read is an error: taken for absent, it would let anybody in.
pub(crate) fn from_row(row: Row<'_>) -> Result<Option<Authentication>, StoreError> {
    let Some(attribute) = row.0.get(AUTHENTICATION) else {
        return Ok(None);
    };
    let bad = |reason: &str| row.bad(AUTHENTICATION, reason);
    let map = Row(attribute.as_m().map_err(|_| bad("is not a map"))?);
    let old_until = map.optional_moment("sealed_old_until")?;
    if map.optional_text("scheme") == Some(SchemeKind::APP.as_str()) {
        return Ok(Some(Authentication::App(AppAuthorization {
            current: app_keys(map, "fixed", "sealed")
                .ok_or_else(|| bad("its keys are missing, or damaged"))?,
            previous: app_keys(map, "fixed_old", "sealed_old").zip(old_until),
        })));
    }
    let scheme = match map.optional_text("scheme") {
        Some("hmac") => hmac(map).map(SchemeName::Hmac),
        Some(name) => SchemeName::published(name),
        None => None,
    };
    let scheme = scheme.ok_or_else(|| bad("its scheme is unknown, or has no valid settings"))?;
    Ok(Some(Authentication::Signature(SignatureAuthentication {
        scheme,
        secrets: SealedSecrets {
            current: sealed(map, "sealed").ok_or_else(|| bad("its secret is missing"))?,
            previous: sealed(map, "sealed_old").zip(old_until),
        },
    })))
}

fn sealed(map: Row<'_>, name: &str) -> Option<Sealed> {
    let bytes = map.bytes(name)?;
    Some(Sealed::from_stored(bytes.to_vec()))
}

fn app_keys(map: Row<'_>, fixed: &str, sealed_keys: &str) -> Option<StoredAppKeys> {
    Some(StoredAppKeys {
        fixed: SecretHash::parse(map.optional_text(fixed)?)?,
        sealed: sealed(map, sealed_keys)?,
    })
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
    use domain::{Secret, Timestamp};

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
                let written = Authentication::Signature(SignatureAuthentication {
                    scheme: scheme.clone(),
                    secrets: secrets.clone(),
                });
                let found = read(to_attribute(&written)).unwrap();
                assert_eq!(found, Some(written));
            }
        }
    }

    fn app_keys(text: &str) -> StoredAppKeys {
        StoredAppKeys {
            fixed: Secret::from_caller(text).hash(),
            sealed: Sealed::from_stored(text.as_bytes().to_vec()),
        }
    }

    #[test]
    fn app_authorization_reads_back_as_it_was_written_and_damaged_is_an_error() {
        let first = AppAuthorization::new(app_keys("old"));
        let rotated = first.rotate(app_keys("new"), 60, Timestamp::from_millis(1_000));
        assert!(rotated.previous.is_some());
        for app in [first, rotated] {
            let written = Authentication::App(app);
            let attribute = to_attribute(&written);
            assert_eq!(read(attribute.clone()).unwrap(), Some(written));
            let AttributeValue::M(whole) = attribute else {
                unreachable!("it is a map");
            };
            for name in ["scheme", "fixed", "sealed"] {
                let mut damaged = whole.clone();
                damaged.remove(name);
                assert!(read(AttributeValue::M(damaged)).is_err(), "{name}");
            }
        }
    }

    #[test]
    fn a_damaged_authentication_is_an_error_and_never_none() {
        let whole = Authentication::Signature(SignatureAuthentication {
            scheme: SchemeName::GITHUB,
            secrets: SealedSecrets::new(Sealed::from_stored(vec![1])),
        });
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
