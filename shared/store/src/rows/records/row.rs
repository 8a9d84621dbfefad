//! One row as an item: the record, the effects that wrote it last, and its tombstone. It does not
//! know when a row may be written.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{EffectKey, Record, RecordKey, Timestamp};
use serde_json::Value;

use crate::StoreError;
use crate::dynamodb::attributes::{self, Item, VERSION, flag, moment, number, text, texts};
use crate::dynamodb::keys::Key;

/// Effects that a row remembers: a repetition comes soon after the first, before many others.
const REMEMBERED: usize = 8;
/// How long a tombstone stays, for repetitions of the delete and of the writes before it.
const TOMBSTONE_DAYS: i64 = 7;

/// What a write did to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowChange {
    Created,
    Replaced,
    Deleted,
}

/// An effect that has written a row.
#[derive(Clone, Debug)]
struct PastEffect {
    effect: String,
    version: u64,
    change: RowChange,
}

/// A row, or its tombstone.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) key: RecordKey,
    /// `None`: a tombstone.
    item: Option<Value>,
    pub(super) version: u64,
    created_at: Timestamp,
    updated_at: Timestamp,
    effects: Vec<PastEffect>,
}

impl Row {
    pub(super) fn is_live(&self) -> bool {
        self.item.is_some()
    }

    pub(super) fn into_record(self) -> Option<Record> {
        Some(Record {
            key: self.key,
            item: self.item?,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }

    /// What that effect did to this row, and at which version, if it is among the last ones.
    pub(super) fn change_by(&self, effect: &EffectKey) -> Option<(u64, RowChange)> {
        let digest = effect.digest();
        let past = self.effects.iter().find(|past| past.effect == digest)?;
        Some((past.version, past.change))
    }

    /// The row after one more write, of `item` or, without, of a tombstone.
    pub(super) fn next(
        before: Option<&Self>,
        key: &RecordKey,
        item: Option<&Value>,
        effect: &EffectKey,
        now: Timestamp,
    ) -> (Self, RowChange) {
        let live = before.filter(|row| row.is_live());
        let change = match (live, item) {
            (_, None) => RowChange::Deleted,
            (None, Some(_)) => RowChange::Created,
            (Some(_), Some(_)) => RowChange::Replaced,
        };
        let version = before.map_or(0, |row| row.version) + 1;
        let mut effects = before.map_or_else(Vec::new, |row| row.effects.clone());
        effects.push(PastEffect {
            effect: effect.digest(),
            version,
            change,
        });
        let forgotten = effects.len().saturating_sub(REMEMBERED);
        effects.drain(..forgotten);
        let row = Self {
            key: key.clone(),
            item: item.cloned(),
            version,
            created_at: live.map_or(now, |row| row.created_at),
            updated_at: now,
            effects,
        };
        (row, change)
    }

    pub(super) fn to_item(&self, key: &Key) -> Item {
        let mut item = key.item();
        let effects: Vec<String> = self.effects.iter().map(PastEffect::to_text).collect();
        item.extend([
            ("v".to_owned(), number(VERSION)),
            ("version".to_owned(), number(self.version)),
            ("created_at".to_owned(), moment(self.created_at)),
            ("updated_at".to_owned(), moment(self.updated_at)),
            ("effects".to_owned(), texts(&effects)),
        ]);
        match &self.item {
            Some(value) => item.insert("item".to_owned(), text(value)),
            None => {
                let gone_at = self.updated_at.plus_days(TOMBSTONE_DAYS);
                item.insert("deleted".to_owned(), flag(true));
                item.insert("expires_at".to_owned(), expiry(gone_at))
            }
        };
        item
    }

    pub(super) fn from_item(item: &Item) -> Result<Self, StoreError> {
        let row = attributes::Row::checked(item)?;
        let key = RecordKey::parse(row.text("sk")?).map_err(|e| row.bad("sk", &e.to_string()))?;
        let value = if row.flag("deleted") {
            None
        } else {
            let read = serde_json::from_str(row.text("item")?);
            Some(read.map_err(|e| row.bad("item", &e.to_string()))?)
        };
        let effects = row
            .texts("effects")?
            .iter()
            .map(|text| PastEffect::from_text(text).ok_or_else(|| row.bad("effects", "is unknown")))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            key,
            item: value,
            version: row.number("version")?,
            created_at: row.moment("created_at")?,
            updated_at: row.moment("updated_at")?,
            effects,
        })
    }
}

/// In seconds, as DynamoDB's TTL counts.
fn expiry(at: Timestamp) -> AttributeValue {
    number(at.as_secs_rounded_up())
}

impl PastEffect {
    /// `<digest> <version> <change>`, as the item has it.
    fn to_text(&self) -> String {
        let change = match self.change {
            RowChange::Created => "created",
            RowChange::Replaced => "replaced",
            RowChange::Deleted => "deleted",
        };
        format!("{} {} {change}", self.effect, self.version)
    }

    fn from_text(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        Some(Self {
            effect: parts.next()?.to_owned(),
            version: parts.next()?.parse().ok()?,
            change: match parts.next()? {
                "created" => RowChange::Created,
                "replaced" => RowChange::Replaced,
                "deleted" => RowChange::Deleted,
                _ => return None,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use domain::{ExecutionId, OrgId};
    use serde_json::json;

    use super::*;

    fn effect(place: u32) -> EffectKey {
        EffectKey::new(ExecutionId::derived(&["x"]), &format!("/do/0/a/{place}"))
    }

    #[test]
    fn a_row_and_its_tombstone_read_back_with_the_effects_that_wrote_them() {
        let now = Timestamp::from_millis(1_781_612_250_231);
        let name = RecordKey::parse("issue 7").unwrap();
        let table = domain::RecordTable::parse("issues").unwrap();
        let tenant = domain::Tenant {
            org: OrgId::derived(&["one"]),
            environment: domain::Environment::Test,
        };
        let key = Key::record(tenant, &table, &name);
        let item = json!({"state": "open"});
        let (row, change) = Row::next(None, &name, Some(&item), &effect(1), now);
        assert_eq!(change, RowChange::Created);
        let read = Row::from_item(&row.to_item(&key)).unwrap();
        assert_eq!(read.change_by(&effect(1)), Some((1, RowChange::Created)));
        assert_eq!(read.change_by(&effect(2)), None);
        assert_eq!(read.clone().into_record().unwrap().item, item);

        let (gone, change) = Row::next(Some(&read), &name, None, &effect(2), now);
        assert_eq!(change, RowChange::Deleted);
        let read = Row::from_item(&gone.to_item(&key)).unwrap();
        assert_eq!(read.change_by(&effect(1)), Some((1, RowChange::Created)));
        assert_eq!(read.change_by(&effect(2)), Some((2, RowChange::Deleted)));
        assert_eq!(read.into_record(), None);
    }

    #[test]
    fn a_row_that_is_written_often_stays_small() {
        let now = Timestamp::from_millis(0);
        let name = RecordKey::parse("k").unwrap();
        let mut row = None;
        for place in 0..100 {
            row = Some(
                Row::next(
                    row.as_ref(),
                    &name,
                    Some(&json!(place)),
                    &effect(place),
                    now,
                )
                .0,
            );
        }
        let row = row.unwrap();
        assert_eq!(row.version, 100);
        assert_eq!(row.effects.len(), REMEMBERED);
        assert_eq!(row.change_by(&effect(99)), Some((100, RowChange::Replaced)));
    }
}
