//! The windows in which the next request to a trigger becomes its sample: one item for each trigger, in the table of runs,
//! because webhooks write it.

use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use domain::{CaptureWindow, CapturedRequest, Timestamp, Trigger, WebhookRequest};

use crate::dynamodb::attributes::{Row, VERSION, bytes, moment, number, text};
use crate::dynamodb::conditional_write::conditional;
use crate::dynamodb::keys::Key;
use crate::dynamodb::request_record::{pack, unpack};
use crate::dynamodb::table::Table;
use crate::dynamodb::update_expression::UpdateExpression;
use crate::{Nonce, StoreError};

/// The id of the window.
const WINDOW: &str = "window_id";

/// The windows of all triggers.
#[derive(Clone)]
pub struct Captures {
    table: Table,
}

impl Captures {
    pub(crate) fn new(table: Table) -> Self {
        Self { table }
    }

    /// Opens a window, in the place of the one before, which gets nothing any more. Writes always: of two at once the
    /// later one stays.
    pub async fn open(&self, trigger: &Trigger, window: &CaptureWindow) -> Result<(), StoreError> {
        let mut item = Key::capture(trigger.id).item();
        let kept_until = window.kept_until().as_secs_rounded_up();
        item.extend([
            ("v".to_owned(), number(VERSION)),
            ("tenant".to_owned(), text(trigger.tenant)),
            (WINDOW.to_owned(), text(window.id)),
            ("expires_at".to_owned(), number(kept_until)),
        ]);
        let put = self.table.put(item).send().await;
        put.map(drop)
            .map_err(|error| StoreError::unavailable("open a window for a sample", error))
    }

    /// Whether this request is the one that the window gets. May write where the trigger's window is this one and has got
    /// nothing. A racing loser finds the winner's request; one whose window was closed or replaced finds another window or
    /// none. The repetition of a write whose answer was lost finds its own nonce.
    pub async fn capture(
        &self,
        trigger: &Trigger,
        window: &CaptureWindow,
        request: &WebhookRequest,
        nonce: &Nonce,
    ) -> Result<bool, StoreError> {
        let mut changes = UpdateExpression::default();
        changes.set("request", bytes(pack(request)?));
        changes.set("captured_at", moment(request.received_at));
        changes.set("nonce", text(nonce));
        let update = changes
            .apply(self.table.update(&Key::capture(trigger.id)))
            .condition_expression("window_id = :window AND attribute_not_exists(captured_at)")
            .expression_attribute_values(":window", text(window.id))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let written = conditional("capture a request", update.send().await)?;
        Ok(written.took_effect(nonce))
    }

    /// The request that the window got; `None` where it got none.
    pub async fn find(
        &self,
        trigger: &Trigger,
        window: &CaptureWindow,
        now: Timestamp,
    ) -> Result<Option<CapturedRequest>, StoreError> {
        let key = Key::capture(trigger.id);
        let Some(item) = self.table.read_unexpired(&key, now).await? else {
            return Ok(None);
        };
        let row = Row::checked(&item)?;
        let is_of_window = row.text(WINDOW)? == window.id.to_string();
        let Some(packed) = row.bytes("request").filter(|_| is_of_window) else {
            return Ok(None);
        };
        Ok(Some(CapturedRequest {
            request: unpack(&trigger.id.to_string(), packed)?,
            at: row.moment("captured_at")?,
        }))
    }

    /// Closes a window and forgets what it got. May write where the trigger's window is this one; a newer one stays.
    pub async fn close(&self, trigger: &Trigger, window: &CaptureWindow) -> Result<(), StoreError> {
        let delete = self
            .table
            .delete(&Key::capture(trigger.id))
            .condition_expression("window_id = :window")
            .expression_attribute_values(":window", text(window.id));
        conditional("close a window for a sample", delete.send().await).map(drop)
    }
}
