//! The last request that each trigger refused: one item for each trigger, in the table of runs, because webhooks write it. A
//! container writes it at most once a minute for each trigger, with what it has counted of the org's refusals, in one call.

use std::net::IpAddr;
use std::sync::Arc;

use domain::{
    CalledTrigger, REFUSED_REQUEST_DAYS, RefusedRequest, Timestamp, TriggerId, UsageKind,
};

use crate::cache::BoundedCache;
use crate::dynamodb::attributes::{Item, Row, VERSION, moment, number, text, texts};
use crate::dynamodb::keys::Key;
use crate::dynamodb::table::Table;
use crate::{StoreError, Usage};

/// The time between two writes of a container for one trigger.
const WRITE_EVERY_MS: i64 = 60_000;
/// Triggers of which a container remembers that it wrote a moment ago; of more, it writes more often.
const REMEMBERED_TRIGGERS: usize = 1_000;

/// The last refused requests of all triggers.
#[derive(Clone)]
pub struct RefusedRequests {
    table: Table,
    usage: Usage,
    written: Arc<BoundedCache<TriggerId, ()>>,
}

impl RefusedRequests {
    pub(crate) fn new(table: Table, usage: Usage) -> Self {
        let written = BoundedCache::with_time_to_live(REMEMBERED_TRIGGERS, WRITE_EVERY_MS);
        Self {
            table,
            usage,
            written: Arc::new(written),
        }
    }

    /// Counts a refusal, in memory. Whether it is to be written: the last write for this trigger is a minute ago.
    pub fn count(&self, called: CalledTrigger, now: Timestamp) -> bool {
        self.usage.count(called.tenant.org, UsageKind::Refusal, now);
        self.written.get(&called.id, now).is_none()
    }

    /// Writes a refusal in the place of the one before, with the counts of the org. A failure is logged, and delays the
    /// answer for half a second at most; the next minute has another try.
    pub async fn write(&self, called: CalledTrigger, refused: &RefusedRequest, now: Timestamp) {
        self.written.insert(called.id, (), now);
        let mut writes = vec![self.table.put_always(item(called, refused))];
        writes.extend(self.usage.take_with(called.tenant.org, now));
        self.usage.write(writes).await;
    }

    /// The last one that was written.
    pub async fn last(
        &self,
        trigger: TriggerId,
        now: Timestamp,
    ) -> Result<Option<RefusedRequest>, StoreError> {
        let found = self
            .table
            .read_unexpired(&Key::refused(trigger), now)
            .await?;
        found.as_ref().map(read).transpose()
    }
}

fn item(called: CalledTrigger, refused: &RefusedRequest) -> Item {
    let expires_at = refused.at.plus_days(REFUSED_REQUEST_DAYS);
    let mut item = Key::refused(called.id).item();
    item.extend([
        ("v".to_owned(), number(VERSION)),
        ("tenant".to_owned(), text(called.tenant)),
        ("code".to_owned(), text(&refused.code)),
        ("refused_at".to_owned(), moment(refused.at)),
        ("headers".to_owned(), texts(&refused.headers)),
        (
            "expires_at".to_owned(),
            number(expires_at.as_secs_rounded_up()),
        ),
    ]);
    item.extend(
        refused
            .source_ip
            .map(|ip| ("source_ip".to_owned(), text(ip))),
    );
    item
}

fn read(item: &Item) -> Result<RefusedRequest, StoreError> {
    let row = Row::checked(item)?;
    Ok(RefusedRequest {
        code: row.text("code")?.to_owned(),
        at: row.moment("refused_at")?,
        source_ip: row.optional_parsed::<IpAddr>("source_ip")?,
        headers: row.texts("headers")?,
    })
}
