//! Sweeps one shard of the due index, page by page, the longest overdue entries first.

use domain::{Shard, Timestamp};
use futures::stream::{self, StreamExt as _};
use store::StoreError;

use crate::App;
use crate::backlogs::Backlogs;
use crate::recovery::recover;
use crate::totals::SweepTotals;

/// Entries that will be due within this time are handled as well: they get a delayed message, and so are in time.
const AHEAD_MS: i64 = 60_000;
/// Entries that one page of the index holds.
const PAGE_ENTRIES: i32 = 1_000;
/// Entries of one shard that a sweep handles. Entries whose message is still queued do not count: they are skipped
/// without a read of their record, so that one tenant's long queue does not hide the overdue records of others.
const MAX_HANDLED_PER_SHARD: u64 = 10_000;
/// Records of one shard that are handled at the same time.
const MAX_CONCURRENT: usize = 8;
/// Kept free at the end of an invocation.
const RESERVE_MS: i64 = 3_000;

/// Handles the entries of a shard until none is left, the limit is reached or the time is up.
pub(crate) async fn sweep_shard(
    app: &App,
    shard: Shard,
    backlogs: &Backlogs,
    now: Timestamp,
    deadline: Timestamp,
) -> Result<SweepTotals, StoreError> {
    let by = now.plus_millis(AHEAD_MS);
    let mut totals = SweepTotals::default();
    let mut cursor = None;
    loop {
        let page = app.aws.due_index.page(shard, by, PAGE_ENTRIES, cursor);
        let page = page.await?;
        let handled = stream::iter(page.entries)
            .map(|due| async move {
                if !has_time(app, deadline) {
                    return SweepTotals::FAILED;
                }
                recover(app, &due, backlogs, now)
                    .await
                    .unwrap_or_else(|error| {
                        tracing::error!(%error, "a due record could not be handled; the next sweep tries again");
                        SweepTotals::FAILED
                    })
            })
            .buffer_unordered(MAX_CONCURRENT)
            .fold(SweepTotals::default(), |sum, one| async move { sum + one })
            .await;
        totals = totals + handled;
        cursor = page.next;
        if cursor.is_none() || totals.handled() >= MAX_HANDLED_PER_SHARD || !has_time(app, deadline)
        {
            return Ok(totals);
        }
    }
}

fn has_time(app: &App, deadline: Timestamp) -> bool {
    deadline.millis_since(app.aws.now()) >= RESERVE_MS
}
