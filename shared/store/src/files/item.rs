//! The record of a file as an item of the table.

use domain::{FileState, StoredFile, Tenant};

use crate::StoreError;
use crate::dynamodb::attributes::{Item, Row, VERSION, moment, number, text};
use crate::dynamodb::keys::Key;

pub(super) fn item(tenant: Tenant, file: &StoredFile) -> Item {
    let mut item = Key::file(tenant, file.key).item();
    let ends_at = file.state.ends_at();
    item.extend([
        ("v".to_owned(), number(VERSION)),
        ("file".to_owned(), text(file.key)),
        ("name".to_owned(), text(&file.name)),
        ("bytes".to_owned(), number(file.bytes)),
        ("content_type".to_owned(), text(&file.content_type)),
        ("created_at".to_owned(), moment(file.created_at)),
        ("ends_at".to_owned(), moment(ends_at)),
        (
            "expires_at".to_owned(),
            number(ends_at.as_secs_rounded_up()),
        ),
    ]);
    item
}

pub(super) fn read(item: &Item) -> Result<StoredFile, StoreError> {
    let row = Row::checked(item)?;
    let ends_at = row.moment("ends_at")?;
    Ok(StoredFile {
        key: row.parsed("file")?,
        name: row.parsed("name")?,
        bytes: row.number("bytes")?,
        content_type: row.parsed("content_type")?,
        created_at: row.moment("created_at")?,
        state: match row.flag("used") {
            true => FileState::Used {
                kept_until: ends_at,
            },
            false => FileState::Unused {
                expires_at: ends_at,
            },
        },
    })
}
