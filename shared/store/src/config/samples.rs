//! The samples of triggers. Each is an item of its own, outside of what a webhook reads.

use domain::{Sample, SampleOrigin, Trigger};

use crate::StoreError;
use crate::dynamodb::attributes::{Row, VERSION, bytes, moment, number, text};
use crate::dynamodb::keys::Key;
use crate::dynamodb::request_record::{pack, unpack};
use crate::dynamodb::table::Table;

/// The samples of all triggers.
#[derive(Clone)]
pub struct Samples {
    table: Table,
}

impl Samples {
    pub(crate) fn new(table: Table) -> Self {
        Self { table }
    }

    /// Keeps a sample, in the place of the one before. Writes always: of two at once the later one stays.
    pub async fn put(&self, trigger: &Trigger, sample: &Sample) -> Result<(), StoreError> {
        let mut item = Key::sample(trigger.id).item();
        item.extend([
            ("v".to_owned(), number(VERSION)),
            ("workflow_id".to_owned(), text(trigger.workflow_id)),
            ("tenant".to_owned(), text(trigger.tenant)),
            ("origin".to_owned(), text(sample.origin.as_str())),
            ("taken_at".to_owned(), moment(sample.taken_at)),
            ("request".to_owned(), bytes(pack(&sample.request)?)),
        ]);
        let put = self.table.put(item).send().await;
        put.map(drop)
            .map_err(|error| StoreError::unavailable("keep a sample", error))
    }

    /// The sample of a trigger; `None` where it has none.
    pub async fn find(&self, trigger: &Trigger) -> Result<Option<Sample>, StoreError> {
        let Some(item) = self.table.read(&Key::sample(trigger.id)).await? else {
            return Ok(None);
        };
        let row = Row::checked(&item)?;
        let origin = SampleOrigin::parse(row.text("origin")?);
        let packed = row.bytes("request");
        Ok(Some(Sample {
            origin: origin.ok_or_else(|| row.bad("origin", "is unknown"))?,
            taken_at: row.moment("taken_at")?,
            request: unpack(
                &trigger.id.to_string(),
                packed.ok_or_else(|| row.bad("request", "is missing"))?,
            )?,
        }))
    }

    /// Deletes the sample of a trigger. Deleting one that is gone already is no error.
    pub async fn delete(&self, trigger: &Trigger) -> Result<(), StoreError> {
        let delete = self.table.delete(&Key::sample(trigger.id)).send().await;
        delete
            .map(drop)
            .map_err(|error| StoreError::unavailable("delete a sample", error))
    }
}
