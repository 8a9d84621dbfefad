//! Lists of deliveries, newest first.

use std::collections::HashMap;

use domain::outbound::{Delivery, DeliveryStatus, EventType};
use domain::{Cursor, DeliveryId, EventId, Shard, SubscriptionId, Tenant, Timestamp};

use crate::StoreError;
use crate::dynamodb::attributes::text;
use crate::dynamodb::history_index::{HistoryIndex, IndexRange};
use crate::dynamodb::keys::history_pk;
use crate::dynamodb::table::Table;
use crate::outbound::deliveries::Deliveries;

/// The history of deliveries.
#[derive(Clone)]
pub struct DeliveryHistory {
    index: HistoryIndex,
    deliveries: Deliveries,
}

/// Which deliveries, and how many.
#[derive(Clone, Debug)]
pub struct DeliveryQuery {
    /// Whose deliveries.
    pub tenant: Tenant,
    /// To which subscriptions.
    pub subscriptions: Vec<SubscriptionId>,
    /// In which states.
    pub states: DeliveryStates,
    /// Only those of this event.
    pub event: Option<EventId>,
    /// Only those of events of this type.
    pub event_type: Option<EventType>,
    /// Recorded at or after.
    pub since: Option<Timestamp>,
    /// Recorded before.
    pub until: Option<Timestamp>,
    /// The last delivery of the page before.
    pub before: Option<Cursor<DeliveryId>>,
    /// How many at the most.
    pub limit: usize,
    /// Deliveries that have expired by then are left out.
    pub now: Timestamp,
}

/// The states that a query asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryStates {
    /// All.
    Any,
    /// One.
    Only(DeliveryStatus),
    /// The states that a recovery restarts.
    Failed,
}

/// Some deliveries, and where the next page starts. A page may be short or empty and still have a next one.
#[derive(Debug)]
pub struct DeliveryPage {
    /// Newest first.
    pub deliveries: Vec<Delivery>,
    /// The cursor of the next page; `None` at the end of the list.
    pub next: Option<Cursor<DeliveryId>>,
}

impl DeliveryHistory {
    pub(crate) fn new(table: Table, deliveries: Deliveries) -> Self {
        Self {
            index: HistoryIndex::new(table),
            deliveries,
        }
    }

    /// One page of deliveries. The index lags a little behind; the records that it names are read as they are now.
    pub async fn list(&self, query: &DeliveryQuery) -> Result<DeliveryPage, StoreError> {
        let page = self.index.page(&index_range(query)).await?;
        let reads = page
            .cursors
            .iter()
            .map(|cursor| self.deliveries.find(cursor.id, query.now));
        let found = futures::future::try_join_all(reads).await?;
        let found = found.into_iter().flatten();
        Ok(DeliveryPage {
            deliveries: found.filter(|delivery| query.matches(delivery)).collect(),
            next: page.next,
        })
    }
}

impl DeliveryQuery {
    fn matches(&self, delivery: &Delivery) -> bool {
        let (event, event_type) = (self.event, self.event_type.as_ref());
        delivery.tenant == self.tenant
            && self.states.include(delivery)
            && event.is_none_or(|event| delivery.event_id == event)
            && event_type.is_none_or(|event_type| &delivery.event_type == event_type)
    }
}

impl DeliveryStates {
    fn include(self, delivery: &Delivery) -> bool {
        match self {
            Self::Any => true,
            Self::Only(status) => delivery.status() == status,
            Self::Failed => delivery.has_failed(),
        }
    }
}

fn index_range(query: &DeliveryQuery) -> IndexRange<DeliveryId> {
    let mut filters = Vec::new();
    let mut values = HashMap::new();
    // The index does not tell a pending delivery from a delivered one: the records do.
    match query.states {
        DeliveryStates::Only(status @ (DeliveryStatus::Exhausted | DeliveryStatus::Cancelled)) => {
            filters.push("unsuccessful = :status".to_owned());
            values.insert(":status".to_owned(), text(status));
        }
        DeliveryStates::Only(DeliveryStatus::Pending | DeliveryStatus::Delivered) => {
            filters.push("attribute_not_exists(unsuccessful)".to_owned());
        }
        DeliveryStates::Failed => filters.push("attribute_exists(unsuccessful)".to_owned()),
        DeliveryStates::Any => {}
    }
    IndexRange {
        partitions: query
            .subscriptions
            .iter()
            .flat_map(|subscription| Shard::all().map(move |shard| history_pk(subscription, shard)))
            .collect(),
        since: query.since,
        until: query.until,
        before: query.before,
        limit: query.limit,
        filters,
        values,
    }
}
