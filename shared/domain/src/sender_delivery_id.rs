//! The id that the sender of a webhook gives it, and repeats when it sends the webhook again.

use std::fmt;

use crate::signature::Location;

/// 1 to 255 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SenderDeliveryId(String);

/// The header is there, but its value is no delivery id.
#[derive(Debug, thiserror::Error)]
#[error("a delivery id is 1 to 255 visible ASCII characters")]
pub struct InvalidSenderDeliveryId;

/// GitHub's id is that of an event: two hooks of one URL send it twice, so the hook's id belongs to it.
pub(crate) const GITHUB_DELIVERY: Location<'static> = Location::JoinedHeaders {
    first: "x-github-delivery",
    then: "x-github-hook-id",
};

impl SenderDeliveryId {
    /// Where a delivery id is looked for, the first place that has one wins: Sluice's own header, GitHub's, and those of
    /// Standard Webhooks and Svix.
    pub(crate) const LOCATIONS: [Location<'static>; 3] = [
        Location::Header("x-webhook-delivery-id"),
        GITHUB_DELIVERY,
        Location::FirstHeader(&["webhook-id", "svix-id"]),
    ];

    /// Reads the id as the sender writes it.
    pub fn parse(text: &str) -> Result<Self, InvalidSenderDeliveryId> {
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        if visible && (1..=255).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidSenderDeliveryId)
        }
    }

    /// The text, as the sender wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SenderDeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_id_is_visible_ascii_of_1_to_255_characters() {
        assert!(SenderDeliveryId::parse(&"x".repeat(255)).is_ok());
        assert!(SenderDeliveryId::parse("72d3162e-cc78-11e3-81ab-4c9367dc0958").is_ok());
        for text in ["", " ", "a b", "a\tb", "é", &"x".repeat(256)] {
            assert!(SenderDeliveryId::parse(text).is_err(), "{text:?}");
        }
    }
}
