//! How many rows a tenant has. The number is kept in parts, by the hash of table and key, so that transactions that create
//! rows of one tenant at once seldom meet in one item. It does not know what a row is.

use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use domain::{MAX_RECORDS, RecordKey, RecordTable, Tenant};

use super::RecordsTable;
use crate::StoreError;
use crate::dynamodb::attributes::{Row, VERSION, number};
use crate::dynamodb::keys::{Key, RECORD_COUNT, tenant_pk};

/// Items that a tenant's number of rows is spread over.
const PARTS: u64 = 32;
/// Rows that a part may count before the sum of all parts is looked at.
pub(super) const SHARE: u64 = MAX_RECORDS / PARTS;

/// The part of a tenant's count that has a row: the same for as long as the row exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CountPart {
    tenant: Tenant,
    part: u64,
}

impl CountPart {
    /// By the FNV-1a hash of table and key, which must never change.
    pub(super) fn of(tenant: Tenant, table: &RecordTable, key: &RecordKey) -> Self {
        let text = format!("{table}#{}", key.as_str());
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self {
            tenant,
            part: hash % PARTS,
        }
    }

    fn key(self) -> Key {
        Key::record_count(self.tenant, self.part)
    }
}

impl RecordsTable {
    /// Counts one row more, while this part has fewer than `most`.
    pub(super) fn count_created(&self, part: CountPart, most: u64) -> TransactWriteItem {
        let update = self
            .count(part, 1)
            .condition_expression("attribute_not_exists(pk) OR row_count < :most")
            .expression_attribute_values(":most", number(most));
        write_of(update)
    }

    /// Counts one row less, always.
    pub(super) fn count_deleted(&self, part: CountPart) -> TransactWriteItem {
        write_of(self.count(part, -1))
    }

    fn count(&self, part: CountPart, change: i64) -> UpdateBuilder {
        Update::builder()
            .table_name(self.table.name())
            .set_key(Some(part.key().item()))
            .update_expression("ADD row_count :change SET v = :v")
            .expression_attribute_values(":change", number(change))
            .expression_attribute_values(":v", number(VERSION))
    }

    /// How many rows a part may count as long as the other parts do not change; `None` where the tenant has as many rows
    /// as it may have. Writers of different parts who ask at the same moment may exceed the limit by one each.
    pub(super) async fn room(&self, part: CountPart) -> Result<Option<u64>, StoreError> {
        let pk = tenant_pk(part.tenant);
        let items = self.table.read_prefix(&pk, RECORD_COUNT).await?;
        let (mut own, mut all) = (0, 0);
        for item in &items {
            let rows: u64 = Row(item).number("row_count")?;
            all += rows;
            if Key::of_item(item)? == part.key() {
                own = rows;
            }
        }
        Ok((all < MAX_RECORDS).then(|| own + (MAX_RECORDS - all)))
    }
}

fn write_of(update: UpdateBuilder) -> TransactWriteItem {
    let update = update.build().expect("table, key and update are given");
    TransactWriteItem::builder().update(update).build()
}

#[cfg(test)]
mod tests {
    use domain::{Environment, OrgId};

    use super::*;

    #[test]
    fn rows_spread_over_all_parts_and_stay_in_theirs() {
        let tenant = Tenant {
            org: OrgId::derived(&["one"]),
            environment: Environment::Test,
        };
        let table = RecordTable::parse("issues").unwrap();
        let part = |n: u64| {
            let key = RecordKey::parse(&n.to_string()).unwrap();
            CountPart::of(tenant, &table, &key).part
        };
        let mut rows = [0_u64; PARTS as usize];
        for n in 0..32_000 {
            rows[usize::try_from(part(n)).unwrap()] += 1;
        }
        assert!(
            rows.iter().all(|rows| (800..1_200).contains(rows)),
            "{rows:?}"
        );
        assert_eq!(part(7), 11, "a stored row stays in its part");
    }
}
