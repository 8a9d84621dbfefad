//! The table of published signature schemes. A new sender is a new row here, with its example in the tests beside it;
//! no other code has to change.

use super::algorithm::{Algorithm, Encoding, SecretForm};
use super::scheme::{Location, Part, PublishedScheme, Scheme, SignedTime};
use crate::sender_delivery_id::GITHUB_DELIVERY;

/// How far the time of a signature may be from now, where the sender recommends five minutes.
const FIVE_MINUTES_SECS: i64 = 300;

/// Every published scheme.
pub(super) const ROWS: &[PublishedScheme] = &[STANDARD_WEBHOOKS, GITHUB, SLACK, STRIPE, TWILIO];

/// <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>; senders that use Svix
/// have `svix-` in place of `webhook-`.
pub(super) const STANDARD_WEBHOOKS: PublishedScheme = PublishedScheme {
    name: "standard-webhooks",
    scheme: Scheme {
        algorithm: Algorithm::Sha256,
        encoding: Encoding::Base64,
        signature: Location::FirstHeader(&["webhook-signature", "svix-signature"]),
        separator: Some(' '),
        prefix: "v1,",
        signed: &[
            Part::Id,
            Part::Literal("."),
            Part::Timestamp,
            Part::Literal("."),
            Part::Body,
        ],
        id: Some(Location::FirstHeader(&["webhook-id", "svix-id"])),
        timestamp: Some(SignedTime {
            location: Location::FirstHeader(&["webhook-timestamp", "svix-timestamp"]),
            tolerance_secs: FIVE_MINUTES_SECS,
        }),
        body_digest: None,
        secret: SecretForm::Standard,
    },
};

/// <https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries>
pub(super) const GITHUB: PublishedScheme = PublishedScheme {
    name: "github",
    scheme: Scheme {
        algorithm: Algorithm::Sha256,
        encoding: Encoding::Hex,
        signature: Location::Header("x-hub-signature-256"),
        separator: None,
        prefix: "sha256=",
        signed: &[Part::Body],
        id: Some(GITHUB_DELIVERY),
        timestamp: None,
        body_digest: None,
        secret: SecretForm::Text,
    },
};

/// <https://docs.slack.dev/authentication/verifying-requests-from-slack>; the id is that of the Events API.
const SLACK: PublishedScheme = PublishedScheme {
    name: "slack",
    scheme: Scheme {
        algorithm: Algorithm::Sha256,
        encoding: Encoding::Hex,
        signature: Location::Header("x-slack-signature"),
        separator: None,
        prefix: "v0=",
        signed: &[
            Part::Literal("v0:"),
            Part::Timestamp,
            Part::Literal(":"),
            Part::Body,
        ],
        id: Some(Location::Json("/event_id")),
        timestamp: Some(SignedTime {
            location: Location::Header("x-slack-request-timestamp"),
            tolerance_secs: FIVE_MINUTES_SECS,
        }),
        body_digest: None,
        secret: SecretForm::Text,
    },
};

/// <https://docs.stripe.com/webhooks/signature>; a secret is used as it is shown, with its `whsec_`.
const STRIPE: PublishedScheme = PublishedScheme {
    name: "stripe",
    scheme: Scheme {
        algorithm: Algorithm::Sha256,
        encoding: Encoding::Hex,
        signature: Location::HeaderKey {
            header: "stripe-signature",
            key: "v1",
        },
        separator: None,
        prefix: "",
        signed: &[Part::Timestamp, Part::Literal("."), Part::Body],
        id: Some(Location::Json("/id")),
        timestamp: Some(SignedTime {
            location: Location::HeaderKey {
                header: "stripe-signature",
                key: "t",
            },
            tolerance_secs: FIVE_MINUTES_SECS,
        }),
        body_digest: None,
        secret: SecretForm::Text,
    },
};

/// <https://www.twilio.com/docs/usage/webhooks/webhooks-security>; a body that is no form is signed by its digest in
/// the query of the signed URL.
const TWILIO: PublishedScheme = PublishedScheme {
    name: "twilio",
    scheme: Scheme {
        algorithm: Algorithm::Sha1,
        encoding: Encoding::Base64,
        signature: Location::Header("x-twilio-signature"),
        separator: None,
        prefix: "",
        signed: &[Part::Url, Part::SortedFormFields],
        id: Some(Location::Header("i-twilio-idempotency-token")),
        timestamp: None,
        body_digest: Some(Location::Query("bodySHA256")),
        secret: SecretForm::Text,
    },
};
