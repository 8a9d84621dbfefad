//! The stored form of a trigger's capture window: one attribute, which is there or not.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{CaptureId, CaptureWindow};

use crate::StoreError;
use crate::dynamodb::attributes::{Item, Row, moment, text};

/// Where a trigger keeps it.
pub(crate) const CAPTURE: &str = "capture";

pub(crate) fn to_attribute(window: &CaptureWindow) -> AttributeValue {
    AttributeValue::M(Item::from([
        ("id".to_owned(), text(window.id)),
        ("opens_at".to_owned(), moment(window.opens_at)),
        ("closes_at".to_owned(), moment(window.closes_at)),
    ]))
}

pub(crate) fn from_row(row: Row<'_>) -> Result<Option<CaptureWindow>, StoreError> {
    let Some(attribute) = row.0.get(CAPTURE) else {
        return Ok(None);
    };
    let map = attribute
        .as_m()
        .map_err(|_| row.bad(CAPTURE, "is not a map"))?;
    let map = Row(map);
    let id = CaptureId::parse(map.text("id")?);
    Ok(Some(CaptureWindow {
        id: id.ok_or_else(|| row.bad(CAPTURE, "has no id"))?,
        opens_at: map.moment("opens_at")?,
        closes_at: map.moment("closes_at")?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Timestamp;

    #[test]
    fn a_window_reads_back_as_it_was_written() {
        let now = Timestamp::from_millis(1_000);
        let window = CaptureWindow::new(CaptureId::random(7), now);
        let item = Item::from([(CAPTURE.to_owned(), to_attribute(&window))]);
        assert_eq!(from_row(Row(&item)).unwrap(), Some(window));
        assert_eq!(from_row(Row(&Item::new())).unwrap(), None);
        let damaged = Item::from([(CAPTURE.to_owned(), text("x"))]);
        assert!(from_row(Row(&damaged)).is_err());
    }
}
