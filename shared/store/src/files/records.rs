//! The records of files, one item each, below their tenant's key, and what an org has uploaded in a day. They are in the table
//! of runs, because they expire, and `worker` writes them.

use aws_sdk_dynamodb::types::{
    ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use domain::{
    FileDay, FileKey, FileQuota, FileState, KeptDays, OrgId, StoredFile, Tenant, Timestamp,
};

use super::item::{item, read};
use super::objects::FileObjects;
use crate::StoreError;
use crate::dynamodb::attributes::{Row, VERSION, flag, moment, number};
use crate::dynamodb::conditional_write::{ConditionalWrite, conditional};
use crate::dynamodb::keys::Key;
use crate::dynamodb::table::Table;
use crate::dynamodb::transaction::TransactionOutcome;
use crate::dynamodb::update_expression::UpdateExpression;

/// A record that counts a day is kept for so long after it began.
const DAY_KEPT_SECS: i64 = 2 * 86_400;

/// The records of all tenants' files.
#[derive(Clone)]
pub struct Files {
    table: Table,
}

/// What became of recording files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileCreation {
    /// They are recorded.
    Created,
    /// There is one with the key of the first of them.
    Known(StoredFile),
    /// The org may upload no more on this day.
    QuotaExceeded,
}

/// What became of using a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileUse {
    /// It is kept for as long as was asked.
    Kept(StoredFile),
    /// The tenant has no such file, or its time is over.
    Unknown,
    /// It was announced, and never uploaded.
    NotUploaded,
}

impl Files {
    pub(crate) fn new(table: Table) -> Self {
        Self { table }
    }

    /// Records files and counts them for the org's day, all or nothing. Writes where none of them has a record and the day
    /// has room. Of two with the same key at once one writes, and the other finds its record.
    pub async fn create(
        &self,
        tenant: Tenant,
        files: &[StoredFile],
        quota: FileQuota,
        now: Timestamp,
    ) -> Result<FileCreation, StoreError> {
        let more = FileQuota {
            files: files.len() as u64,
            bytes: files.iter().map(|file| file.bytes).sum(),
        };
        let Some(before) = quota.before(more) else {
            return Ok(FileCreation::QuotaExceeded);
        };
        let mut writes: Vec<_> = files
            .iter()
            .map(|file| self.table.put_new(item(tenant, file)))
            .collect();
        writes.push(self.count(tenant.org, before, more, now));
        match self.table.transact("record files", writes).await? {
            TransactionOutcome::Committed => Ok(FileCreation::Created),
            TransactionOutcome::ConditionFailed { position, .. } if position == files.len() => {
                Ok(FileCreation::QuotaExceeded)
            }
            TransactionOutcome::ConditionFailed { found, .. } => {
                Ok(FileCreation::Known(read(&found)?))
            }
        }
    }

    /// Writes where the org has uploaded no more than `before` on this day.
    fn count(
        &self,
        org: OrgId,
        before: FileQuota,
        more: FileQuota,
        now: Timestamp,
    ) -> TransactWriteItem {
        let day = FileDay::of(now);
        let update = Update::builder()
            .table_name(self.table.name())
            .set_key(Some(Key::uploads(org, day).item()))
            .update_expression(
                "SET v = :v, expires_at = :expires_at ADD uploaded_files :files, uploaded_bytes :bytes",
            )
            .condition_expression(
                "attribute_not_exists(pk) OR (uploaded_files <= :files_before AND uploaded_bytes <= :bytes_before)",
            )
            .expression_attribute_values(":v", number(VERSION))
            .expression_attribute_values(
                ":expires_at",
                number(day.end().plus_secs(DAY_KEPT_SECS).as_secs_rounded_up()),
            )
            .expression_attribute_values(":files", number(more.files))
            .expression_attribute_values(":bytes", number(more.bytes))
            .expression_attribute_values(":files_before", number(before.files))
            .expression_attribute_values(":bytes_before", number(before.bytes))
            .build()
            .expect("table, key and expression are given");
        TransactWriteItem::builder().update(update).build()
    }

    /// What an org has uploaded on this day so far.
    pub async fn uploaded(&self, org: OrgId, now: Timestamp) -> Result<FileQuota, StoreError> {
        let item = self
            .table
            .read(&Key::uploads(org, FileDay::of(now)))
            .await?;
        let Some(item) = item else {
            return Ok(FileQuota { files: 0, bytes: 0 });
        };
        let row = Row::checked(&item)?;
        Ok(FileQuota {
            files: row.number("uploaded_files")?,
            bytes: row.number("uploaded_bytes")?,
        })
    }

    /// A tenant's file; `None` where there is none, or its time is over.
    pub async fn find(
        &self,
        tenant: Tenant,
        key: FileKey,
        now: Timestamp,
    ) -> Result<Option<StoredFile>, StoreError> {
        let Some(item) = self.table.read(&Key::file(tenant, key)).await? else {
            return Ok(None);
        };
        Ok(Some(read(&item)?).filter(|file| !file.is_expired(now)))
    }

    /// Uses a file: it is kept at least until then. The bytes are kept first, so that the record never promises more than
    /// the bucket keeps. Where the file lasts that long already, nothing is written.
    pub async fn keep(
        &self,
        objects: &FileObjects,
        tenant: Tenant,
        key: FileKey,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<FileUse, StoreError> {
        let Some(mut file) = self.find(tenant, key, now).await? else {
            return Ok(FileUse::Unknown);
        };
        while let Some(kept_until) = file.extended_to(until) {
            let days = KeptDays::until(kept_until, file.created_at);
            if !objects.keep(tenant, key, days).await? {
                return Ok(FileUse::NotUploaded);
            }
            match self.extend(tenant, key, kept_until, now).await? {
                Extension::Written { before } => {
                    if before.state != file.state {
                        // Another use came between, and may have set a shorter tag after ours.
                        objects.keep(tenant, key, days).await?;
                    }
                    file.state = FileState::Used { kept_until };
                    return Ok(FileUse::Kept(file));
                }
                Extension::Gone => return Ok(FileUse::Unknown),
                Extension::Longer(longer) => {
                    // Our tag may have replaced that of the longer use.
                    let days = KeptDays::until(longer.state.ends_at(), longer.created_at);
                    objects.keep(tenant, key, days).await?;
                    file = longer;
                }
            }
        }
        Ok(FileUse::Kept(file))
    }

    /// May write where the file's time is not over, and where it is unused or lasts less long. A racing loser finds the
    /// record of the longer use; one that comes after a deletion finds none. The repetition of a write whose answer was lost
    /// finds its own time, which is as good.
    async fn extend(
        &self,
        tenant: Tenant,
        key: FileKey,
        kept_until: Timestamp,
        now: Timestamp,
    ) -> Result<Extension, StoreError> {
        let mut changes = UpdateExpression::default();
        changes.set("used", flag(true));
        changes.set("ends_at", moment(kept_until));
        changes.set("expires_at", number(kept_until.as_secs_rounded_up()));
        let update = changes
            .apply(self.table.update(&Key::file(tenant, key)))
            .condition_expression(
                "ends_at > :now AND (attribute_not_exists(used) OR ends_at < :new_ends_at)",
            )
            .expression_attribute_values(":now", moment(now))
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match conditional("use a file", update.send().await)? {
            ConditionalWrite::Written(answer) => Ok(Extension::Written {
                before: read(&answer.attributes.unwrap_or_default())?,
            }),
            ConditionalWrite::ConditionFailed(None) => Ok(Extension::Gone),
            ConditionalWrite::ConditionFailed(Some(found)) => {
                let found = read(&found)?;
                Ok(match found.is_expired(now) {
                    true => Extension::Gone,
                    false => Extension::Longer(found),
                })
            }
        }
    }

    /// Deletes the record of a file; `false` where there is none.
    pub async fn delete(&self, tenant: Tenant, key: FileKey) -> Result<bool, StoreError> {
        let answer = self
            .table
            .delete(&Key::file(tenant, key))
            .return_values(ReturnValue::AllOld)
            .send()
            .await
            .map_err(|error| StoreError::unavailable("delete a file", error))?;
        Ok(answer.attributes.is_some_and(|old| !old.is_empty()))
    }
}

/// What became of a longer time for a file.
enum Extension {
    /// It is as it was asked; the record as it was before.
    Written {
        before: StoredFile,
    },
    /// It lasts as long already.
    Longer(StoredFile),
    Gone,
}
