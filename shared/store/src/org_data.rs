//! Everything that belongs to an org, found by reading the tables whole: for the operator, who exports or erases it. Does not
//! know what the items mean, only how to tell whose they are.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::OrgId;
use serde_json::{Map, Value, json};

use crate::StoreError;
use crate::dynamodb::attributes::{Item, Row};
use crate::dynamodb::keys::{Key, SUBSCRIPTION, SUBSCRIPTION_TOMBSTONE, TRIGGER};
use crate::dynamodb::table::Table;

/// How often the tables are gone through: what a function writes meanwhile is found by the next pass.
const PASSES: usize = 5;

/// The items of orgs in all tables of a deployment.
pub struct OrgData {
    /// Configuration first: without it nothing new begins.
    tables: [Table; 3],
}

/// What an erasure did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erased {
    /// Items that were deleted.
    pub items: u64,
    /// Whether the last pass found none.
    pub is_complete: bool,
}

impl OrgData {
    /// The tables of configuration, executions and records, by their names.
    pub fn new(client: &aws_sdk_dynamodb::Client, tables: [String; 3]) -> Self {
        Self::of_tables(tables.map(|name| Table::new(client.clone(), name)))
    }

    pub(crate) fn of_tables(tables: [Table; 3]) -> Self {
        Self { tables }
    }

    /// Hands out every item, in DynamoDB's JSON, with the name of its table. Returns how many there are.
    pub async fn export<E: From<StoreError>>(
        &self,
        org: OrgId,
        mut take: impl FnMut(&str, Value) -> Result<(), E>,
    ) -> Result<u64, E> {
        let owned = self.owned(org).await?;
        let mut count = 0;
        for table in &self.tables {
            let mut pages = Pages::of(table);
            while let Some(items) = pages.next().await? {
                for item in items.iter().filter(|item| owned.has(item)) {
                    take(table.name(), in_json(item))?;
                    count += 1;
                }
            }
        }
        Ok(count)
    }

    /// Deletes every item. What runs meanwhile may write again: it goes through the tables until it finds nothing.
    pub async fn erase(&self, org: OrgId) -> Result<Erased, StoreError> {
        let mut items = 0;
        // Once its configuration is gone, nothing says any more which workflow an item without an org was of.
        let mut owned = Owned::new(org);
        for _ in 0..PASSES {
            self.collect(&mut owned).await?;
            let deleted = self.delete(&owned).await?;
            items += deleted;
            if deleted == 0 {
                let is_complete = true;
                return Ok(Erased { items, is_complete });
            }
        }
        let is_complete = false;
        Ok(Erased { items, is_complete })
    }

    async fn owned(&self, org: OrgId) -> Result<Owned, StoreError> {
        let mut owned = Owned::new(org);
        self.collect(&mut owned).await?;
        Ok(owned)
    }

    async fn collect(&self, owned: &mut Owned) -> Result<(), StoreError> {
        for table in &self.tables {
            let mut pages = Pages::of(table);
            while let Some(items) = pages.next().await? {
                items.iter().for_each(|item| owned.learn(item));
            }
        }
        Ok(())
    }

    async fn delete(&self, owned: &Owned) -> Result<u64, StoreError> {
        let mut deleted = 0;
        for table in &self.tables {
            let mut pages = Pages::of(table);
            while let Some(items) = pages.next().await? {
                for item in items.iter().filter(|item| owned.has(item)) {
                    let key = Key::of_item(item)?;
                    let answer = table.delete(&key).send().await;
                    answer.map_err(|error| StoreError::unavailable("delete a record", error))?;
                    deleted += 1;
                }
            }
        }
        Ok(deleted)
    }
}

/// A table, page by page.
struct Pages<'a> {
    table: &'a Table,
    from: Option<Item>,
    is_done: bool,
}

impl<'a> Pages<'a> {
    fn of(table: &'a Table) -> Self {
        Self {
            table,
            from: None,
            is_done: false,
        }
    }

    async fn next(&mut self) -> Result<Option<Vec<Item>>, StoreError> {
        if self.is_done {
            return Ok(None);
        }
        let scan = self.table.client().scan().table_name(self.table.name());
        let scan = scan
            .consistent_read(true)
            .set_exclusive_start_key(self.from.take());
        let answer = scan.send().await;
        let page = answer.map_err(|error| StoreError::unavailable("read a table", error))?;
        self.from = page.last_evaluated_key;
        self.is_done = self.from.is_none();
        Ok(Some(page.items.unwrap_or_default()))
    }
}

/// The partitions of an org. Most have its id in their keys; of the others, one item names the org or is named by one
/// that does.
struct Owned {
    org: OrgId,
    partitions: BTreeSet<String>,
}

impl Owned {
    fn new(org: OrgId) -> Self {
        Self {
            org,
            partitions: BTreeSet::new(),
        }
    }

    fn learn(&mut self, item: &Item) {
        let row = Row(item);
        let text = |name| row.optional_text(name).unwrap_or_default();
        let (pk, sk, tenant) = (text("pk"), text("sk"), text("tenant"));
        let is_of_tenant = tenant.starts_with(&format!("{}#", self.org));
        if !is_of_tenant && !self.is_in_its_key(pk) {
            return;
        }
        self.partitions.insert(pk.to_owned());
        if let Some(workflow) = pk.strip_prefix("WF#") {
            self.partitions.insert(format!("BKT#{workflow}"));
        }
        if sk.starts_with(TRIGGER) {
            self.partitions.insert(sk.to_owned());
        }
        for prefix in [SUBSCRIPTION_TOMBSTONE, SUBSCRIPTION] {
            if let Some(subscription) = sk.strip_prefix(prefix) {
                self.partitions
                    .insert(format!("{SUBSCRIPTION}{subscription}"));
            }
        }
    }

    fn has(&self, item: &Item) -> bool {
        let row = Row(item);
        let text = |name| row.optional_text(name).unwrap_or_default();
        // A hook id names its workflow and no org.
        let workflow = format!("WF#{}", text("workflow_id"));
        self.is_in_its_key(text("pk"))
            || self.partitions.contains(text("pk"))
            || self.partitions.contains(&workflow)
    }

    fn is_in_its_key(&self, pk: &str) -> bool {
        let org = self.org;
        let of_org = |kind: &str| pk.starts_with(&format!("{kind}#{org}#"));
        pk == format!("ORG#{org}")
            || pk == format!("USAGE#{org}")
            || ["TENANT", "CREDITS", "FILE", "UPLOADS"]
                .iter()
                .any(|kind| of_org(kind))
    }
}

/// An item in DynamoDB's JSON.
fn in_json(item: &Item) -> Value {
    let attributes = item.iter();
    let attributes: Map<_, _> = attributes
        .map(|(name, value)| (name.clone(), attribute_in_json(value)))
        .collect();
    attributes.into()
}

fn attribute_in_json(value: &AttributeValue) -> Value {
    let encoded = |bytes: &Blob| STANDARD.encode(bytes.as_ref());
    match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::B(bytes) => json!({ "B": encoded(bytes) }),
        AttributeValue::Bool(flag) => json!({ "BOOL": flag }),
        AttributeValue::L(list) => {
            json!({ "L": list.iter().map(attribute_in_json).collect::<Vec<_>>() })
        }
        AttributeValue::M(map) => json!({ "M": in_json(map) }),
        AttributeValue::Ss(texts) => json!({ "SS": texts }),
        AttributeValue::Ns(numbers) => json!({ "NS": numbers }),
        AttributeValue::Bs(list) => json!({ "BS": list.iter().map(encoded).collect::<Vec<_>>() }),
        // No other type has been added to DynamoDB since the SDK was built.
        _ => json!({ "NULL": true }),
    }
}
