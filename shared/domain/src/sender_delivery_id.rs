//! The id under which a sender repeats one delivery.

use std::fmt;

/// 1 to 255 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SenderDeliveryId(String);

/// The header is there, but its value is no delivery id.
#[derive(Debug, thiserror::Error)]
#[error("a delivery id is 1 to 255 visible ASCII characters")]
pub struct InvalidSenderDeliveryId;

impl SenderDeliveryId {
    /// Where a delivery id is looked for, first match wins: our own header, GitHub's, and that of
    /// Standard Webhooks.
    pub const HEADERS: [&str; 3] = ["x-webhook-delivery-id", "x-github-delivery", "webhook-id"];

    pub fn parse(text: &str) -> Result<Self, InvalidSenderDeliveryId> {
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        if visible && (1..=255).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidSenderDeliveryId)
        }
    }

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
